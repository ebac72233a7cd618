// Retention: which backups of one stream stay (or sets of one selection). Thread-safety: pure
// functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "jetkeep/prune.h"

namespace jetkeep {

enum class Worth : std::uint8_t {
  kGood,
  // May lack messages that the stream always had: made before exact cuts. It never takes the place
  // of a good one.
  kUnproved,
  kBad,      // damaged, partial, or its last verification failed: counts for no rule
  kUnknown,  // could not be read: stays, and counts for no rule
};

struct Candidate {
  std::int64_t time_ns = 0;
  Worth worth = Worth::kGood;
  std::string held;  // why it stays whatever the rules say; empty: nothing holds it
};

struct Verdict {
  bool stays = false;
  std::vector<std::string> reasons;  // never empty
};

// One verdict for each candidate. REQUIRES: newest first, in the order that the backups themselves
// prove; their times may disagree with it. The newest good one always stays. Days, weeks (from
// Monday), months and years are those of UTC.
std::vector<Verdict> Judge(std::span<const Candidate> newest_first, const Retention& keep);

}  // namespace jetkeep

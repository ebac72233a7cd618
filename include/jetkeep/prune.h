// Pruning: which backups and sets stay, by rules, and which go. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

// How many of a stream's good backups stay, the newest of each kind of period. 0: the rule is off.
// The same rules hold for the complete sets of one selection of streams.
struct Retention {
  std::uint64_t last = 0;
  std::uint64_t hourly = 0;
  std::uint64_t daily = 0;
  std::uint64_t weekly = 0;
  std::uint64_t monthly = 0;
  std::uint64_t yearly = 0;
  // All that are no older than this many seconds before the newest good one.
  std::uint64_t within_seconds = 0;
  // Whether no rule is on: nothing but the newest would stay.
  bool empty() const { return *this == Retention{}; }
  friend bool operator==(const Retention&, const Retention&) = default;
};

struct PruneSpec {
  Retention keep;
  // Patterns: only backups of these streams are judged, and no set. Empty: everything of the
  // account.
  std::vector<std::string> streams;
  bool dry_run = false;
};

// What the rules say of one backup or set, and what became of it.
struct PruneDecision {
  std::string id;
  std::string stream;        // empty: a set
  std::int64_t time_ns = 0;  // of its cut, as the server said; else when it was begun
  std::uint64_t stored_bytes = 0;
  bool stays = true;
  std::vector<std::string> reasons;  // for staying or going, in words
  std::optional<Error> error;        // why it could not be removed
};

struct PruneReport {
  std::vector<PruneDecision> decisions;  // sets first; of each stream the newest first
  std::uint64_t removed = 0;             // in a dry run: that would be
  std::uint64_t failed = 0;
  std::uint64_t stays = 0;
  std::uint64_t removed_bytes = 0;    // stored in backups that were removed, or would be
  std::vector<std::string> warnings;  // what could not be judged
};

}  // namespace jetkeep

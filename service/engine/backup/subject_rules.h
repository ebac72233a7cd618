// What a stream's own rules for each subject remove: all but the newest so many of a subject, and
// what a message with a rollup header replaces. A server applies both as it stores a message.
#pragma once

#include <cstdint>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/stream_state.h"
#include "protocol/sequences/sequence_set.h"
#include "service/repository/backup_writer.h"

namespace jetkeep {

struct SubjectRules {
  std::uint64_t max_per_subject = 0;  // 0: any number
  bool rollups = false;               // rollup headers are allowed
  bool any() const { return max_per_subject > 0 || rollups; }
};

struct Replaced {
  SequenceSet sequences;         // what the rules remove
  std::uint64_t bytes = 0;       // of these
  std::uint64_t left_bytes = 0;  // of the others
  // The first of these, if there is any.
  std::uint64_t first_sequence = 0;
  std::int64_t first_time_ns = 0;
};

// Reads what was written (twice, if there are rules), and seals the writer. Looks at the records
// within the state's range that are not in `gone`. Its memory is bounded: where there are many
// subjects, it reads more often. kCutNotReached: there are too many.
Result<Replaced> FindReplaced(BackupWriter& writer, const StreamState& state,
                              const SequenceSet& gone, const SubjectRules& rules, bool in_memory,
                              const CancelToken& cancel);

}  // namespace jetkeep

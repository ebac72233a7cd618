// The account of sequences: which messages the cut of a stream holds, and whether every other
// sequence between first and last is explained. This decides whether a backup may be called
// complete.
//
// The cut is the state in the server's reply to the snapshot request. The archive is copied a
// little later, so three sets meet here: `present` (records that were inside), `dead` (sequences
// that the archive itself says hold no message) and, where these do not add up to the reply, what
// the server says afterwards. When messages were removed while the archive was copied, the cut
// becomes the state at the end of the copy, still without anything that was stored after the
// beginning: a state the stream had.
//
// Pure functions; thread-safety: values.
#pragma once

#include <cstdint>
#include <optional>

#include "jetkeep/stream.h"
#include "jetkeep/stream_state.h"
#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

struct ArchiveSequences {
  SequenceSet present;  // of records at or above the cut's first and at or below its last sequence
  SequenceSet dead;     // as the archive says; may name sequences outside the cut
};

// What the server said about its stream after the archive had been copied.
struct AfterCopy {
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  SequenceSet deleted;  // between first and last
};

struct CutVerdict {
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t messages = 0;             // live and inside
  std::uint64_t removed_during_copy = 0;  // in the reply's state, gone when the copy reached them
  bool as_replied = false;                // the cut is exactly the reply's state
  SequenceSet deleted;                    // first..last without a message, explained
  SequenceSet lost;                       // first..last without a message, unexplained
};

// The verdict without asking the server, or nothing if only the server can explain the difference.
std::optional<CutVerdict> JudgeByArchive(const StreamState& reply, const ArchiveSequences& archive);

// The verdict with the server's answer. `lost` is what stays unexplained.
CutVerdict JudgeWithServer(const StreamState& reply, const ArchiveSequences& archive,
                           const AfterCopy& after);

}  // namespace jetkeep

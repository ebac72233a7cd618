// The verdict on a cut: whether a backup holds exactly what was live in one answer of the server.
//
// A cut is one answer to STREAM.INFO. Its figures (and its list of deleted sequences, if asked for)
// are of one moment, and a message that has left a stream never comes back. So a message that is
// live in the answer was live when its place in the archive was copied, or when the tail was read:
// it has been captured, or it was removed between the answer and its reading, or the store is
// damaged.
//
// Two proofs. By the list: what it leaves is live; all of that was captured. By the count: what was
// captured and is not known to be gone holds all that is live, because nothing of the tail had
// left; where its count is the answer's, it is what was live.
//
// Pure functions; thread-safety: values.
#pragma once

#include <cstdint>
#include <optional>

#include "jetkeep/stream_state.h"
#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

// What an archive says of sequences.
struct ArchiveSequences {
  SequenceSet present;  // of its records
  SequenceSet deleted;  // those that it says hold no message; may name any sequence
};

// All that is known when an answer is judged.
struct CutEvidence {
  const SequenceSet& present;  // captured: archive and tail
  const SequenceSet& gone;     // known to have held no message when the server answered
  const SequenceSet& unread;   // of the tail, asked for after the answer, and not there any more
  // Where the archive ends. Up to here a message that is live in the answer is captured, unless the
  // store is damaged.
  std::uint64_t archive_end = 0;
  // The archive may lack a live message, and hold a deleted one, and report neither: the two would
  // cancel out in a count.
  bool count_may_deceive = false;
};

enum class CutFinding : std::uint8_t {
  kExact,       // proved
  kMissed,      // messages of the tail left the stream before they could be read
  kNeedsList,   // which of the captured ones are deleted is not known
  kIncomplete,  // messages of the archive's part are missing, the server says that they are live
  kUnreadable,  // messages of the tail are missing, the server says that they are still live
};

struct CutVerdict {
  CutFinding finding = CutFinding::kNeedsList;
  std::uint64_t messages = 0;  // live and captured
  std::uint64_t missed = 0;    // kMissed: how many, at most
  SequenceSet deleted;         // first..last without a message
  SequenceSet lost;            // first..last, live and not captured, if it is not kMissed
};

// Whether `list` names all sequences of the state without a message: servers before 2.10 leave some
// out.
bool ListIsWhole(const StreamState& state, const SequenceSet& list);

// list: of the answer; null if it was not asked for. A state without gaps needs none.
CutVerdict JudgeCut(const StreamState& state, const SequenceSet* list, const CutEvidence& evidence);

// A cut whose captured messages hold all that is live in it, but also deleted ones, and what the
// server called deleted a little later: what is left of the first by the second was live in both,
// and where its count is the cut's, nothing else was. Nothing if it is not.
std::optional<SequenceSet> DeletedByLaterList(const StreamState& cut, const SequenceSet& present,
                                              const StreamState& later, const SequenceSet& list);

}  // namespace jetkeep

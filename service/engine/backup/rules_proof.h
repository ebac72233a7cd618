// The last way to a cut: no list says which captured messages were gone in an answer, so the
// stream's own rules for its subjects decide, and count and bytes prove them right.
#pragma once

#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/stream.h"
#include "protocol/sequences/sequence_set.h"
#include "service/engine/backup/cut_verdict.h"
#include "service/engine/backup/subject_rules.h"
#include "service/repository/backup_writer.h"

namespace jetkeep {

struct RulesProof {
  CutVerdict verdict;   // kExact if it is one
  std::string why_not;  // otherwise
};

// What is known of the messages that are gone.
struct KnownGone {
  const SequenceSet& then;  // when the server answered
  const SequenceSet& now;
  bool all_now = false;  // `now` names all that are gone
};

// captured: all live messages of the state are in it. Seals the writer.
Result<RulesProof> ProveByRules(BackupWriter& writer, const StreamState& state,
                                const SequenceSet& captured, const KnownGone& gone,
                                const SubjectRules& rules, bool in_memory,
                                const CancelToken& cancel);

// Whether the messages that the verdict leaves have the state's bytes. Seals the writer.
Result<bool> HasBytesOf(BackupWriter& writer, const StreamState& state, const CutVerdict& verdict,
                        bool in_memory, const CancelToken& cancel);

}  // namespace jetkeep

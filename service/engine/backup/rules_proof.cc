#include "service/engine/backup/rules_proof.h"

#include <utility>

namespace jetkeep {

Result<RulesProof> ProveByRules(BackupWriter& writer, const StreamState& state,
                                const SequenceSet& captured, const KnownGone& gone,
                                const SubjectRules& rules, bool in_memory,
                                const CancelToken& cancel) {
  CutVerdict verdict;
  verdict.messages = state.messages;
  verdict.deleted.AddRange(state.first_sequence, state.last_sequence);
  SequenceSet live = captured;
  live.Subtract(gone.then);
  verdict.deleted.Subtract(live);
  const bool too_many = live.CountIn(state.first_sequence, state.last_sequence) > state.messages;
  JETKEEP_ASSIGN(const Replaced replaced,
                 FindReplaced(writer, state, verdict.deleted, too_many ? rules : SubjectRules{},
                              in_memory, cancel));
  // A message that the rules call replaced and that is there all the same: something else removed
  // another in its place.
  SequenceSet still_there = replaced.sequences;
  still_there.Subtract(gone.now);
  verdict.deleted.Union(replaced.sequences);
  const std::uint64_t left =
      state.last_sequence - state.first_sequence + 1 - verdict.deleted.Count();
  if (left != state.messages) {
    return RulesProof{{},
                      "its " + std::to_string(state.messages) +
                          " messages cannot be distinguished from " +
                          std::to_string(left > state.messages ? left - state.messages : 0) +
                          " that were removed during the copy, because the list of its " +
                          std::to_string(state.num_deleted) +
                          " deleted sequences is too long to ask for, or is not whole"};
  }
  if (gone.all_now && !still_there.empty()) {
    return RulesProof{{}, "its own rules do not explain which of its messages were removed"};
  }
  if (replaced.left_bytes != state.bytes) {
    return RulesProof{{},
                      "its messages have " + std::to_string(replaced.left_bytes) +
                          " bytes, the server counts " + std::to_string(state.bytes)};
  }
  verdict.finding = CutFinding::kExact;
  return RulesProof{std::move(verdict), {}};
}

Result<bool> HasBytesOf(BackupWriter& writer, const StreamState& state, const CutVerdict& verdict,
                        bool in_memory, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const Replaced left,
                 FindReplaced(writer, state, verdict.deleted, {}, in_memory, cancel));
  return left.left_bytes == state.bytes;
}

}  // namespace jetkeep

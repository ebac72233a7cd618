#include "service/engine/backup/cut_verdict.h"

namespace jetkeep {
namespace {

// Sequences of first..last; 0 if the state has no range.
std::uint64_t Span(const StreamState& state) {
  if (state.last_sequence == 0 || state.first_sequence > state.last_sequence) return 0;
  return state.last_sequence - state.first_sequence + 1;
}

SequenceSet RangeOf(const StreamState& state) {
  SequenceSet range;
  if (Span(state) > 0) range.AddRange(state.first_sequence, state.last_sequence);
  return range;
}

// What `set` holds within the state's range.
SequenceSet Within(const StreamState& state, SequenceSet set) {
  if (Span(state) == 0) return {};
  if (state.first_sequence > 1) set.RemoveRange(1, state.first_sequence - 1);
  if (state.last_sequence < ~std::uint64_t{0}) {
    set.RemoveRange(state.last_sequence + 1, ~std::uint64_t{0});
  }
  return set;
}

CutVerdict JudgeByList(const StreamState& state, const SequenceSet& list,
                       const CutEvidence& evidence) {
  CutVerdict verdict;
  verdict.deleted = Within(state, list);
  SequenceSet live = RangeOf(state);
  live.Subtract(verdict.deleted);
  SequenceSet absent = live;
  absent.Subtract(evidence.present);
  verdict.messages = live.Count() - absent.Count();
  if (absent.empty()) {
    verdict.finding = CutFinding::kExact;
    return verdict;
  }
  verdict.missed = absent.Count();
  // What the server no longer had and yet calls live in this later answer cannot be read at all.
  SequenceSet unreadable = absent;
  SequenceSet readable = absent;
  readable.Subtract(evidence.gone);
  unreadable.Subtract(readable);
  readable.RemoveRange(1, evidence.archive_end);
  if (!readable.empty()) {
    verdict.finding = CutFinding::kMissed;
    verdict.missed = readable.Count();
    return verdict;
  }
  unreadable.RemoveRange(1, evidence.archive_end);
  verdict.finding = unreadable.empty() ? CutFinding::kIncomplete : CutFinding::kUnreadable;
  verdict.lost = std::move(absent);
  return verdict;
}

CutVerdict JudgeByCount(const StreamState& state, const SequenceSet* list,
                        const CutEvidence& evidence) {
  CutVerdict verdict;
  SequenceSet gone = evidence.gone;
  if (list != nullptr) gone.Union(*list);
  SequenceSet unread = Within(state, evidence.unread);
  unread.Subtract(gone);
  SequenceSet live = Within(state, evidence.present);
  live.Subtract(gone);
  verdict.messages = live.Count();
  if (!unread.empty()) {
    verdict.finding = CutFinding::kMissed;
    verdict.missed = unread.Count();
    return verdict;
  }
  verdict.deleted = RangeOf(state);
  verdict.deleted.Subtract(live);
  if (verdict.messages < state.messages) {
    verdict.lost = verdict.deleted;
    verdict.lost.Subtract(gone);
    verdict.deleted.Subtract(verdict.lost);
    if (list != nullptr) verdict.finding = CutFinding::kIncomplete;
    return verdict;
  }
  if (verdict.messages > state.messages) return verdict;
  if (evidence.count_may_deceive) {
    SequenceSet unexplained = verdict.deleted;
    unexplained.Subtract(gone);
    if (!unexplained.empty()) return verdict;
  }
  verdict.finding = CutFinding::kExact;
  return verdict;
}

}  // namespace

bool ListIsWhole(const StreamState& state, const SequenceSet& list) {
  const std::uint64_t span = Span(state);
  if (span < state.messages) return false;
  const std::uint64_t named =
      span == 0 ? 0 : list.CountIn(state.first_sequence, state.last_sequence);
  return named == span - state.messages;
}

CutVerdict JudgeCut(const StreamState& state, const SequenceSet* list,
                    const CutEvidence& evidence) {
  static const SequenceSet none;
  if (list == nullptr && ListIsWhole(state, none)) list = &none;
  if (list != nullptr && ListIsWhole(state, *list)) return JudgeByList(state, *list, evidence);
  return JudgeByCount(state, list, evidence);
}

std::optional<SequenceSet> DeletedByLaterList(const StreamState& cut, const SequenceSet& present,
                                              const StreamState& later, const SequenceSet& list) {
  if (!ListIsWhole(later, list)) return std::nullopt;
  SequenceSet left = Within(cut, present);
  left.Subtract(list);
  if (later.first_sequence > 1) left.RemoveRange(1, later.first_sequence - 1);
  if (left.Count() != cut.messages) return std::nullopt;
  SequenceSet deleted = RangeOf(cut);
  deleted.Subtract(left);
  return deleted;
}

}  // namespace jetkeep

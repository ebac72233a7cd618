#include "service/engine/account.h"

#include <algorithm>

namespace jetkeep {
namespace {

// Present minus dead; `present` lies within the reply's first..last.
SequenceSet LiveIn(const ArchiveSequences& archive) {
  SequenceSet live = archive.present;
  live.Subtract(archive.dead);
  return live;
}

bool HasNoRange(const StreamState& reply) { return reply.first_sequence > reply.last_sequence; }

CutVerdict EmptyCut(const StreamState& reply) {
  CutVerdict verdict;
  verdict.first_sequence = reply.first_sequence;
  verdict.last_sequence = reply.last_sequence;
  return verdict;
}

}  // namespace

std::optional<CutVerdict> JudgeByArchive(const StreamState& reply,
                                         const ArchiveSequences& archive) {
  CutVerdict verdict = EmptyCut(reply);
  verdict.as_replied = true;
  if (HasNoRange(reply)) {
    if (reply.messages != 0) return std::nullopt;
    return verdict;
  }
  const SequenceSet live = LiveIn(archive);
  verdict.messages = live.Count();
  if (verdict.messages != reply.messages) return std::nullopt;
  verdict.deleted.AddRange(reply.first_sequence, reply.last_sequence);
  verdict.deleted.Subtract(live);
  // A lost message and a record that is dead without a mark would cancel out in the count. Where
  // some sequence is absent without a word from the archive and some record had to be judged dead,
  // the server has to be asked.
  if (!verdict.deleted.empty()) {
    SequenceSet unmarked = verdict.deleted;
    unmarked.Subtract(archive.dead);
    const bool judged_dead = live.Count() != archive.present.Count();
    if (judged_dead && !unmarked.empty()) return std::nullopt;
  }
  return verdict;
}

CutVerdict JudgeWithServer(const StreamState& reply, const ArchiveSequences& archive,
                           const AfterCopy& after) {
  CutVerdict verdict = EmptyCut(reply);
  if (HasNoRange(reply)) {
    verdict.as_replied = reply.messages == 0;
    return verdict;
  }
  SequenceSet gone = after.deleted;
  if (after.first_sequence > 0) gone.AddRange(1, after.first_sequence - 1);
  const SequenceSet live_at_begin = LiveIn(archive);

  SequenceSet live_at_end = live_at_begin;
  live_at_end.Subtract(gone);

  SequenceSet absent;
  absent.AddRange(reply.first_sequence, reply.last_sequence);
  absent.Subtract(live_at_begin);
  verdict.lost = absent;
  verdict.lost.Subtract(archive.dead);
  verdict.lost.Subtract(gone);

  // Every message of the reply is inside and what the server has removed since explains the
  // surplus: either nothing was live that should not be (keep the beginning), or exactly the
  // removed ones were dead already.
  const std::uint64_t expected = reply.messages;
  const bool begin_fits = live_at_begin.Count() == expected;
  const bool end_fits = live_at_end.Count() == expected;
  const SequenceSet& live = begin_fits ? live_at_begin : live_at_end;
  verdict.as_replied = verdict.lost.empty() && (begin_fits || end_fits);
  verdict.messages = live.Count();

  verdict.deleted.AddRange(reply.first_sequence, reply.last_sequence);
  verdict.deleted.Subtract(live);
  verdict.deleted.Subtract(verdict.lost);
  if (!verdict.as_replied) {
    const std::uint64_t kept = verdict.messages + verdict.lost.Count();
    verdict.removed_during_copy = expected > kept ? expected - kept : 0;
    // The stream's first sequence is that of its first message.
    SequenceSet held = live;
    held.Union(verdict.lost);
    verdict.first_sequence =
        held.empty() ? reply.last_sequence + 1 : SequenceSet::Cursor(held).first();
    verdict.deleted.RemoveRange(1, verdict.first_sequence - 1);
  }
  return verdict;
}

}  // namespace jetkeep

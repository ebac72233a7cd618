#include "service/engine/backup/tail.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace jetkeep {
namespace {

// Messages asked for right behind a state: twice as many as came in the time of the one
// before, and some.
constexpr std::uint64_t kLeastAhead = 4;
constexpr std::uint64_t kMostAhead = 1024;
constexpr std::uint64_t kMostHeldBytes = 2 * 1024 * 1024;

// Of a long gap each sequence would cost a request: after so many that hold nothing the reader asks
// for the next message instead.
constexpr std::uint64_t kLongestGap = 256;

// The first sequence from `from` on that is not in the set; 0: there is none.
std::uint64_t NextOutside(const SequenceSet* set, std::uint64_t from) {
  if (set == nullptr || !set->Contains(from)) return from;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  set->NextRange(from, &first, &last);
  return last + 1;
}

}  // namespace

Result<StreamInfo> Tail::Ask(SequenceSet* deleted) {
  DeletedTaker taker;
  if (deleted != nullptr) taker = [deleted](std::uint64_t sequence) { deleted->Add(sequence); };
  return reader_.State(taker, end_ + 1, ahead_,
                       [this](std::uint64_t sequence, StoredMessage* message) -> Status {
                         if (message == nullptr || held_bytes_ > kMostHeldBytes) return {};
                         held_bytes_ += message->payload.size() + message->headers.size();
                         held_.insert_or_assign(sequence, std::move(*message));
                         return {};
                       });
}

Status Tail::Add(const StoredMessage& message) {
  const RecordView record{.sequence = message.sequence,
                          .timestamp_ns = message.timestamp_ns,
                          .subject = message.subject,
                          .headers = message.headers,
                          .payload = message.payload};
  JETKEEP_TRY(taker_(record));
  ++messages_;
  newest_ = message.sequence;
  newest_headers_ = message.headers;
  return {};
}

Status Tail::AddHeld(std::uint64_t below) {
  while (!held_.empty() && held_.begin()->first < below) {
    JETKEEP_TRY(Add(held_.begin()->second));
    held_.erase(held_.begin());
  }
  return {};
}

Result<Tail::Run> Tail::ReadRun(std::uint64_t from, std::uint64_t last, const SequenceSet* deleted,
                                SequenceSet& unread) {
  std::uint64_t asked = from;  // the next to be asked for
  Run run{from - 1, 0};
  bool stopped = false;
  const auto next = [&]() -> std::uint64_t {
    if (run.gap >= kLongestGap) {
      stopped = true;
      return 0;
    }
    for (;; ++asked) {
      asked = NextOutside(deleted, asked);
      if (asked == 0 || asked > last) return 0;
      if (!held_.contains(asked)) return asked++;
    }
  };
  JETKEEP_TRY(reader_.Read(next, [&](std::uint64_t sequence, StoredMessage* message) -> Status {
    JETKEEP_TRY(AddHeld(sequence));
    run.end = sequence;
    if (message == nullptr) {
      ++run.gap;
      unread.Add(sequence);
      return {};
    }
    run.gap = 0;
    return Add(*message);
  }));
  if (!stopped) run.end = last;
  if (run.end < ~std::uint64_t{0}) JETKEEP_TRY(AddHeld(run.end + 1));
  return run;
}

Result<SequenceSet> Tail::ReadTo(const StreamState& state, const SequenceSet* deleted) {
  SequenceSet unread;
  const std::uint64_t last = state.last_sequence;
  const std::uint64_t before = end_;
  if (last > end_) {
    std::uint64_t at = std::max(end_ + 1, state.first_sequence);
    held_.erase(held_.begin(), held_.lower_bound(at));
    while (at <= last) {
      JETKEEP_ASSIGN(const Run run, ReadRun(at, last, deleted, unread));
      if (run.end >= last) break;
      at = run.end + 1;
      if (run.gap < kLongestGap) continue;
      JETKEEP_ASSIGN(const std::optional<StoredMessage> message, reader_.FirstFrom(at));
      std::uint64_t found = message ? std::min(message->sequence, last + 1) : last + 1;
      // What was read ahead has left since.
      if (!held_.empty()) found = std::min(found, held_.begin()->first);
      unread.AddRange(at, found - 1);
      at = found;
    }
    end_ = last;
  }
  held_.erase(held_.begin(), held_.upper_bound(end_));
  held_bytes_ = 0;
  for (const auto& [sequence, message] : held_) {
    held_bytes_ += message.payload.size() + message.headers.size();
  }
  ahead_ = std::min(2 * (end_ - before) + kLeastAhead, kMostAhead);
  return unread;
}

}  // namespace jetkeep

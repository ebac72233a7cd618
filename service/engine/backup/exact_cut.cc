#include "service/engine/backup/exact_cut.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/js_config/stream_config.h"
#include "service/engine/backup/subject_rules.h"
#include "service/engine/backup/tail.h"
#include "service/work/backoff.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The server holds a whole list of deleted sequences in memory, and cuts the connection where it is
// longer than 64 MiB; here it is a message, held twice for a moment.
constexpr std::uint64_t kLongestListBytes = 6 * 1024 * 1024;
// A list as short as this costs less than the messages that escape while it is not known.
constexpr std::uint64_t kShortListBytes = 128 * 1024;

// How often a long list is asked for: while it is made and sent, messages escape.
constexpr int kLongLists = 3;
// Where no list can be had, every message is asked for by its number: so many, so long, so often.
constexpr std::uint64_t kMostListed = 50'000;
constexpr std::uint64_t kMostGaps = 20'000;  // each a round trip
constexpr milliseconds kListTime{10'000};
constexpr int kScans = 6;
constexpr int kScansWithRules = 2;

// Rounds in which messages that the server calls live are not there. A leader that was elected
// during the copy may not have heard of their removal yet.
constexpr int kRoundsUnreadable = 5;
// Rounds in which the stream ends before what was captured, or has no leader.
constexpr int kRoundsBehind = 100;
// Rounds in which the server holds more than its limits allow, in all and without getting fewer.
constexpr int kTrims = 400;
constexpr int kRestingTrims = 10;

std::uint64_t Digits(std::uint64_t number) {
  std::uint64_t digits = 1;
  for (; number >= 10; number /= 10) ++digits;
  return digits;
}

std::uint64_t ListBytes(const StreamState& state) {
  return state.num_deleted * (Digits(state.last_sequence) + 1);
}

bool SameState(const StreamState& a, const StreamState& b) {
  return a.messages == b.messages && a.bytes == b.bytes && a.first_sequence == b.first_sequence &&
         a.last_sequence == b.last_sequence;
}

// limit: zero or less is none.
bool Above(std::uint64_t value, std::int64_t limit) {
  return limit > 0 && value > static_cast<std::uint64_t>(limit);
}

std::string Seconds(steady_clock::duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(time).count());
  return text;
}

class Rounds {
 public:
  Rounds(StreamReader& reader, const std::string& stream, const std::string& created,
         CaptureResult& capture, BackupWriter& writer, const CutLimits& limits,
         const CancelToken& cancel)
      : reader_(reader),
        writer_(writer),
        stream_(stream),
        created_(created),
        captured_(capture.captured),
        reply_(capture.reply.state),
        limits_(limits),
        cancel_(cancel),
        present_(capture.captured.sequences.present),
        archive_end_(capture.ArchiveEnd()),
        gone_(std::move(capture.captured.sequences.dead)),
        judged_dead_(AnyIn(present_, gone_)),
        tail_(reader, writer, present_, archive_end_) {}

  Result<Cut> Run();

 private:
  static bool AnyIn(const SequenceSet& set, const SequenceSet& other);
  bool ListWanted(const StreamState& state) const;
  Status CheckSameStream(const StreamInfo& info);
  // Whether the server is still removing what its limits do not allow: it carries out a limit that
  // was lowered message by message, and tells its state in between. A restore would not keep that.
  Result<bool> IsTrimmed(const StreamInfo& info);
  Result<CutVerdict> Judge(const StreamInfo& info, const SequenceSet* list);
  // Takes note of a round without a cut; an error when there have been enough.
  Status Missed(const StreamInfo& info, const CutVerdict& verdict);
  // The last way: no list tells which of the captured messages are gone in this answer, of which
  // all that is live is captured. Nothing: another answer may do better.
  Result<std::optional<CutVerdict>> Settle(const StreamInfo& info, const SequenceSet* list);
  // Asks for each message of the state by its number: what is not there is known to be gone. False:
  // they are too many, or were too often asked for.
  Result<bool> LearnGone(const StreamState& state);
  Cut Reached(StreamInfo info, CutVerdict verdict);
  tl::unexpected<Error> NotReached(const std::string& why) const;

  StreamReader& reader_;
  BackupWriter& writer_;
  const std::string& stream_;
  const std::string& created_;
  const Captured& captured_;
  const StreamState reply_;
  const CutLimits limits_;
  const CancelToken& cancel_;
  SequenceSet& present_;
  const std::uint64_t archive_end_;
  SequenceSet gone_;
  const bool judged_dead_;
  Tail tail_;

  bool needs_list_ = false;
  int lists_ = 0;                            // long ones that were asked for
  int scans_ = 0;                            // of all messages by their numbers
  int trims_ = 0;                            // answers above the stream's limits
  int resting_ = 0;                          // of them, since the last that had fewer messages
  std::uint64_t least_ = ~std::uint64_t{0};  // messages in them
  int rounds_ = 0;
  int behind_ = 0;
  int unreadable_ = 0;
  steady_clock::time_point began_ = steady_clock::now();
  std::uint64_t first_last_ = 0;  // the last sequence at the first answer
  std::vector<std::uint64_t> missed_;
  // Of the answer before: all that is live in it is captured, but dead messages are, too.
  std::optional<StreamInfo> candidate_;
};

bool Rounds::AnyIn(const SequenceSet& set, const SequenceSet& other) {
  SequenceSet left = set;
  left.Subtract(other);
  return left.Count() != set.Count();
}

bool Rounds::ListWanted(const StreamState& state) const {
  const std::uint64_t bytes = ListBytes(state);
  return bytes <= kShortListBytes ||
         (needs_list_ && bytes <= kLongestListBytes && lists_ < kLongLists);
}

Result<bool> Rounds::IsTrimmed(const StreamInfo& info) {
  const StreamState& state = info.state;
  if (!limits_.trims_at_once || trims_ >= kTrims) return false;
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(info.config_json));
  const bool above =
      (!facts.discards_new && Above(state.messages, facts.max_messages)) ||
      (!facts.discards_new && Above(state.bytes, facts.max_bytes)) ||
      (facts.max_per_subject == 1 && state.num_subjects > 0 && state.messages > state.num_subjects);
  if (!above) return false;
  ++trims_;
  resting_ = state.messages < least_ ? 0 : resting_ + 1;
  least_ = std::min(least_, state.messages);
  return resting_ < kRestingTrims;
}

Status Rounds::CheckSameStream(const StreamInfo& info) {
  if (info.created != created_) {
    return Fail(Errc::kStreamChanged, "stream " + stream_ + " was made anew during the snapshot");
  }
  return {};
}

Result<CutVerdict> Rounds::Judge(const StreamInfo& info, const SequenceSet* list) {
  JETKEEP_ASSIGN(SequenceSet unread, tail_.ReadTo(info.state, list));
  const bool changed = !SameState(info.state, reply_);
  CutVerdict verdict =
      JudgeCut(info.state, list,
               {.present = present_,
                .gone = gone_,
                .unread = unread,
                .archive_end = archive_end_,
                .count_may_deceive = captured_.damage_count > 0 || judged_dead_ || changed});
  if (list != nullptr && candidate_ && verdict.finding != CutFinding::kExact) {
    if (auto deleted = DeletedByLaterList(candidate_->state, present_, info.state, *list)) {
      verdict = {};
      verdict.finding = CutFinding::kExact;
      verdict.messages = candidate_->state.messages;
      verdict.deleted = std::move(*deleted);
      return verdict;
    }
  }
  candidate_.reset();
  // Whatever was not there any more is known to be gone in every later answer.
  gone_.Union(unread);
  return verdict;
}

tl::unexpected<Error> Rounds::NotReached(const std::string& why) const {
  std::string text = "no exact cut of stream " + stream_ + " after " + std::to_string(rounds_) +
                     " answers in " + Seconds(steady_clock::now() - began_) + ": " + why;
  if (!missed_.empty()) {
    constexpr std::size_t kMost = 8;
    text += "; messages that left before they could be read: ";
    const std::size_t from = missed_.size() - std::min(missed_.size(), kMost);
    for (std::size_t i = from; i < missed_.size(); ++i) {
      text += (i == from ? "" : ", ") + std::to_string(missed_[i]);
    }
  }
  const double seconds = std::chrono::duration<double>(steady_clock::now() - began_).count();
  if (seconds > 0 && tail_.end() > first_last_) {
    text += "; the stream took about " +
            std::to_string(static_cast<std::uint64_t>(
                static_cast<double>(tail_.end() - first_last_) / seconds)) +
            " messages/s";
  }
  return Fail(Errc::kCutNotReached, std::move(text),
              "The stream removes messages faster than they can be read. Back it up while it is "
              "less busy, or from nearer to its leader.");
}

Status Rounds::Missed(const StreamInfo& info, const CutVerdict& verdict) {
  ++rounds_;
  if (rounds_ == 1) {
    // The first round reads all that came while the snapshot was taken.
    began_ = steady_clock::now();
    first_last_ = info.state.last_sequence;
  }
  if (verdict.finding == CutFinding::kMissed) missed_.push_back(verdict.missed);
  if (rounds_ >= limits_.rounds || steady_clock::now() - began_ >= limits_.time) {
    return NotReached(verdict.finding == CutFinding::kMissed
                          ? "it was never read as fast as it changed"
                          : "the server does not tell which of its messages are deleted");
  }
  return {};
}

Result<bool> Rounds::LearnGone(const StreamState& state) {
  if (scans_ >= kScans) return false;
  SequenceSet captured = present_;
  captured.Subtract(gone_);
  if (captured.CountIn(state.first_sequence, state.last_sequence) > kMostListed) return false;
  SequenceSet others;
  others.AddRange(state.first_sequence, state.last_sequence);
  others.Subtract(captured);
  others.Subtract(gone_);
  std::uint64_t gaps = 0;
  for (SequenceSet::Cursor gap(others); gap.Valid(); gap.Next()) {
    if (++gaps > kMostGaps) return false;
  }
  ++scans_;
  const auto until = steady_clock::now() + kListTime;
  for (SequenceSet::Cursor gap(others); gap.Valid(); gap.Next()) {
    JETKEEP_TRY(cancel_.Check());
    if (steady_clock::now() >= until) return false;
    JETKEEP_ASSIGN(const std::optional<StoredMessage> message, reader_.FirstFrom(gap.first()));
    const std::uint64_t empty = message ? message->sequence - 1 : gap.last();
    if (empty >= gap.first()) gone_.AddRange(gap.first(), std::min(empty, gap.last()));
  }
  bool in_time = true;
  std::uint64_t at = state.first_sequence;
  const auto next = [&]() -> std::uint64_t {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    if (!captured.NextRange(at, &first, &last)) return 0;
    at = std::max(at, first);
    in_time = steady_clock::now() < until;
    return at <= state.last_sequence && in_time ? at++ : 0;
  };
  JETKEEP_TRY(reader_.Read(next, [&](std::uint64_t sequence, StoredMessage* message) -> Status {
    if (message == nullptr) gone_.Add(sequence);
    return cancel_.Check();
  }));
  return in_time;
}

Result<std::optional<CutVerdict>> Rounds::Settle(const StreamInfo& info, const SequenceSet* list) {
  const StreamState& state = info.state;
  // What is gone in this answer; what is learned from now on may have gone after it.
  if (list != nullptr) gone_.Union(*list);
  SequenceSet gone = gone_;
  JETKEEP_ASSIGN(const bool learned, LearnGone(state));
  if (learned) {
    // Of the captured messages all that were gone in this answer are known: those that are left
    // were live, and are all of them if they are as many.
    CutVerdict verdict = JudgeCut(state, nullptr,
                                  {.present = present_,
                                   .gone = gone_,
                                   .unread = {},
                                   .archive_end = archive_end_,
                                   .count_may_deceive = true});
    if (verdict.finding == CutFinding::kExact) return verdict;
  }
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(info.config_json));
  const SubjectRules rules{facts.max_per_subject, facts.allow_rollup};
  // A later answer may be one from which nothing went unnamed while its messages were asked for.
  if (learned && scans_ < (rules.any() ? kScansWithRules : kScans)) {
    return std::optional<CutVerdict>();
  }
  // Nothing can be added to the backup after this.
  CutVerdict verdict;
  verdict.messages = state.messages;
  verdict.deleted.AddRange(state.first_sequence, state.last_sequence);
  SequenceSet live = present_;
  live.Subtract(gone);
  verdict.deleted.Subtract(live);
  const bool too_many = live.CountIn(state.first_sequence, state.last_sequence) > state.messages;
  JETKEEP_ASSIGN(const Replaced replaced,
                 FindReplaced(writer_, state, verdict.deleted, too_many ? rules : SubjectRules{},
                              facts.in_memory, cancel_));
  // A message that the rules call replaced and that is there all the same: something else removed
  // another in its place.
  SequenceSet still_there = replaced.sequences;
  still_there.Subtract(gone_);
  const bool contradicted = learned && !still_there.empty();
  verdict.deleted.Union(replaced.sequences);
  const std::uint64_t left =
      state.last_sequence - state.first_sequence + 1 - verdict.deleted.Count();
  if (left == state.messages && replaced.left_bytes == state.bytes && !contradicted) {
    verdict.finding = CutFinding::kExact;
    return verdict;
  }
  if (left == state.messages && contradicted) {
    return NotReached("its own rules do not tell which of its messages were removed");
  }
  if (left == state.messages && replaced.left_bytes != state.bytes) {
    return NotReached("its messages have " + std::to_string(replaced.left_bytes) +
                      " bytes, the server counts " + std::to_string(state.bytes));
  }
  return NotReached("its " + std::to_string(state.messages) + " messages cannot be told from " +
                    std::to_string(left > state.messages ? left - state.messages : 0) +
                    " that were removed during the copy, because the list of its " +
                    std::to_string(state.num_deleted) +
                    " deleted sequences is too long to ask for, or is not whole");
}

Result<Cut> Rounds::Run() {
  bool want_list = false;
  for (;;) {
    JETKEEP_TRY(cancel_.Check());
    SequenceSet list;
    auto answer = tail_.Ask(want_list ? &list : nullptr);
    if (!answer) {
      if (answer.error().code != Errc::kServerBusy || ++behind_ > kRoundsBehind) {
        return Fail(std::move(answer).error());
      }
      JETKEEP_TRY(SleepFor(limits_.pause, cancel_));
      continue;
    }
    StreamInfo info = std::move(*answer);
    JETKEEP_TRY(CheckSameStream(info));
    if (info.state.last_sequence < std::max(reply_.last_sequence, tail_.end())) {
      // A leader that has just been elected may have to catch up; one that does not has lost
      // messages.
      if (++behind_ > kRoundsBehind) {
        return Fail(Errc::kStreamChanged,
                    "stream " + stream_ + " ends at sequence " +
                        std::to_string(info.state.last_sequence) + " now, and ended at " +
                        std::to_string(std::max(reply_.last_sequence, tail_.end())) +
                        " during the copy");
      }
      JETKEEP_TRY(SleepFor(limits_.pause, cancel_));
      continue;
    }
    JETKEEP_ASSIGN(const bool trimmed, IsTrimmed(info));
    if (trimmed) {
      JETKEEP_TRY(SleepFor(limits_.pause, cancel_));
      continue;
    }
    if (want_list && ListBytes(info.state) > kShortListBytes) ++lists_;
    std::optional<StreamInfo> captured_all;
    JETKEEP_ASSIGN(CutVerdict verdict, Judge(info, want_list ? &list : nullptr));
    bool next_list = ListWanted(info.state);
    switch (verdict.finding) {
      case CutFinding::kExact:
        return Reached(std::move(info), std::move(verdict));
      case CutFinding::kIncomplete:
      case CutFinding::kUnreadable:
        if (++unreadable_ >= kRoundsUnreadable) {
          verdict.finding = CutFinding::kIncomplete;
          return Reached(std::move(info), std::move(verdict));
        }
        JETKEEP_TRY(SleepFor(limits_.pause, cancel_));
        next_list = true;
        break;
      case CutFinding::kNeedsList:
        needs_list_ = true;
        next_list = ListWanted(info.state) && !(want_list && lists_ == 0);
        if (!next_list) {
          JETKEEP_ASSIGN(std::optional<CutVerdict> settled,
                         Settle(info, want_list ? &list : nullptr));
          if (settled) return Reached(std::move(info), std::move(*settled));
          // Also a list that is not whole names most of what goes from now on.
          next_list = ListBytes(info.state) <= kLongestListBytes;
          break;
        }
        captured_all = info;
        break;
      case CutFinding::kMissed:
        // After a long list a short question: it may find a moment of which nothing escaped.
        if (want_list && ListBytes(info.state) > kShortListBytes) next_list = false;
        break;
    }
    JETKEEP_TRY(Missed(info, verdict));
    want_list = next_list;
    candidate_ = std::move(captured_all);
  }
}

Cut Rounds::Reached(StreamInfo info, CutVerdict verdict) {
  Cut cut;
  cut.info = candidate_ ? std::move(*candidate_) : std::move(info);
  cut.verdict = std::move(verdict);
  cut.tail_messages = tail_.messages();
  cut.rounds = rounds_ + 1;
  return cut;
}

}  // namespace

Result<Cut> ReachCut(StreamReader& reader, const std::string& stream, const std::string& created,
                     CaptureResult& capture, BackupWriter& writer, const CutLimits& limits,
                     const CancelToken& cancel) {
  return Rounds(reader, stream, created, capture, writer, limits, cancel).Run();
}

}  // namespace jetkeep

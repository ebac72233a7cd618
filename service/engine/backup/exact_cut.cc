#include "service/engine/backup/exact_cut.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

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

// Between rounds in which the server only has to catch up with itself.
constexpr milliseconds kPause{50};
// Rounds in which messages that the server calls live are not there: not a matter of moments.
constexpr int kRoundsUnreadable = 10;
constexpr int kRoundsBehind = 100;

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
      : stream_(stream),
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
  Result<CutVerdict> Judge(const StreamInfo& info, const SequenceSet* list);
  // Takes note of a round without a cut; an error when there have been enough.
  Status Missed(const StreamInfo& info, const CutVerdict& verdict);
  tl::unexpected<Error> NotReached(const std::string& why) const;

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
  return bytes <= kShortListBytes || (needs_list_ && bytes <= kLongestListBytes);
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

Result<Cut> Rounds::Run() {
  bool want_list = false;
  for (;;) {
    JETKEEP_TRY(cancel_.Check());
    SequenceSet list;
    JETKEEP_ASSIGN(StreamInfo info, tail_.Ask(want_list ? &list : nullptr));
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
      JETKEEP_TRY(SleepFor(kPause, cancel_));
      continue;
    }
    std::optional<StreamInfo> captured_all;
    JETKEEP_ASSIGN(CutVerdict verdict, Judge(info, want_list ? &list : nullptr));
    switch (verdict.finding) {
      case CutFinding::kExact:
      case CutFinding::kIncomplete:
        break;
      case CutFinding::kUnreadable:
        if (++unreadable_ < kRoundsUnreadable) {
          JETKEEP_TRY(SleepFor(kPause, cancel_));
          JETKEEP_TRY(Missed(info, verdict));
          want_list = true;
          continue;
        }
        verdict.finding = CutFinding::kIncomplete;
        break;
      case CutFinding::kNeedsList:
        if (!want_list && ListBytes(info.state) > kLongestListBytes) {
          // The count is the proof that is left.
          if (verdict.messages <= info.state.messages) {
            verdict.finding = verdict.messages == info.state.messages ? CutFinding::kExact
                                                                      : CutFinding::kIncomplete;
            break;
          }
          return NotReached("the list of its deleted sequences is too long to ask for");
        }
        needs_list_ = true;
        captured_all = info;
        [[fallthrough]];
      case CutFinding::kMissed:
        JETKEEP_TRY(Missed(info, verdict));
        want_list = ListWanted(info.state);
        candidate_ = std::move(captured_all);
        continue;
    }
    Cut cut;
    cut.info = candidate_ && verdict.finding == CutFinding::kExact ? std::move(*candidate_)
                                                                   : std::move(info);
    cut.verdict = std::move(verdict);
    cut.tail_messages = tail_.messages();
    cut.rounds = rounds_ + 1;
    return cut;
  }
}

}  // namespace

Result<Cut> ReachCut(JetStream& server, const std::string& stream, const std::string& created,
                     CaptureResult& capture, BackupWriter& writer, const CutLimits& limits,
                     const CancelToken& cancel) {
  JETKEEP_ASSIGN(const auto reader,
                 server.ReadStream(stream, capture.captured.largest_record, cancel));
  return Rounds(*reader, stream, created, capture, writer, limits, cancel).Run();
}

}  // namespace jetkeep

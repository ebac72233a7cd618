#include "service/engine/backup/exact_cut.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/js_config/stream_config.h"
#include "service/engine/backup/cut_effort.h"
#include "service/engine/backup/gone_scan.h"
#include "service/engine/backup/rules_proof.h"
#include "service/engine/backup/same_life.h"
#include "service/engine/backup/tail.h"
#include "service/engine/backup/trimming.h"
#include "service/work/backoff.h"

namespace jetkeep {
namespace {

// The server holds a whole list of deleted sequences in memory, and cuts the connection where it is
// longer than 64 MiB; here it is a message, held twice for a moment.
constexpr std::uint64_t kLongestListBytes = 6 * 1024 * 1024;
// A list as short as this costs less than the messages that leave while it is not known.
constexpr std::uint64_t kShortListBytes = 128 * 1024;
// How often a long list is asked for: while it is made and sent, messages leave.
constexpr int kLongLists = 3;

// After so many scans of a stream with rules for its subjects, the rules decide.
constexpr int kScansWithRules = 2;
constexpr int kScansWithoutRules = 6;

// Rounds in which messages that the server calls live are not there. A leader that was elected
// during the copy may not have heard of their removal yet.
constexpr int kRoundsUnreadable = 5;
// Rounds in which the stream ends before what was captured, or has no leader.
constexpr int kRoundsBehind = 100;
// Answers that end inside an atomic batch: servers store one message by message, and answer in
// between.
constexpr int kRoundsInsideBatch = 200;
constexpr std::chrono::milliseconds kBatchPause{2};
// Answers that were not confirmed.
constexpr int kRoundsUnconfirmed = 5;

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

bool HaveCommon(const SequenceSet& set, const SequenceSet& other) {
  SequenceSet left = set;
  left.Subtract(other);
  return left.Count() != set.Count();
}

class Rounds {
 public:
  Rounds(StreamReader& reader, const std::string& stream, const std::string& created,
         CaptureResult& capture, BackupWriter& writer, const CutLimits& limits,
         const CancelToken& cancel, const ConfirmCut& confirm)
      : reader_(reader),
        writer_(writer),
        stream_(stream),
        created_(created),
        captured_(capture.captured),
        reply_(capture.reply.state),
        limits_(limits),
        cancel_(cancel),
        confirm_(confirm),
        present_(capture.captured.sequences.present),
        archive_end_(capture.ArchiveEnd()),
        gone_(std::move(capture.captured.sequences.deleted)),
        archive_holds_deleted_(HaveCommon(present_, gone_)),
        tail_(reader, archive_end_,
              [this](const RecordView& record) -> Status {
                JETKEEP_TRY(writer_.AddRecord(record));
                present_.Add(record.sequence);
                return {};
              }),
        scan_(reader, cancel) {}

  Result<Cut> Run();

 private:
  bool ListWanted(const StreamState& state) const;
  // Nothing: the server could not answer, or its answer is behind or between two states.
  Result<std::optional<StreamInfo>> Ask(SequenceSet* list);
  Status CheckNotBehind(const StreamInfo& info, bool& behind);
  Result<bool> IsInTransition(const StreamInfo& info);
  Result<CutVerdict> Judge(const StreamInfo& info, const SequenceSet* list);
  // Takes note of a round without a cut; an error when there have been enough.
  Status Missed(const StreamInfo& info, const CutVerdict& verdict);
  // No list says which of the captured messages are gone in this answer, of which all that is live
  // is captured. Nothing: another answer may do better.
  Result<std::optional<CutVerdict>> Settle(const StreamInfo& info, const SequenceSet* list);
  Result<bool> EndsInsideBatch(const StreamInfo& info);
  Result<bool> Confirmed();
  Result<Cut> Reached(StreamInfo info, CutVerdict verdict);
  Status CheckSameLife(const Cut& cut);
  tl::unexpected<Error> NotReached(const std::string& why) const {
    return effort_.NotReached(stream_, why, scan_.refusal());
  }
  tl::unexpected<Error> IsAnother() const {
    return Fail(Errc::kStreamChanged,
                "stream " + stream_ + " was replaced during the copy: it was created again, or " +
                    "set back to an older state and written to since");
  }

  StreamReader& reader_;
  BackupWriter& writer_;
  const std::string& stream_;
  const std::string& created_;
  const Captured& captured_;
  const StreamState reply_;
  const CutLimits limits_;
  const CancelToken& cancel_;
  const ConfirmCut& confirm_;
  SequenceSet& present_;
  const std::uint64_t archive_end_;
  SequenceSet gone_;
  const bool archive_holds_deleted_;
  Tail tail_;
  GoneScan scan_;
  Trimming trimming_;
  CutEffort effort_;

  bool needs_list_ = false;
  int lists_ = 0;  // long ones that were asked for
  int behind_ = 0;
  std::uint64_t end_before_ = 0;  // of the tail, before the stream was seen to end below it
  int unreadable_ = 0;
  int inside_batch_ = 0;
  int unconfirmed_ = 0;
  // Of the answer before: all that is live in it is captured, but deleted messages are, too.
  std::optional<StreamInfo> candidate_;
};

bool Rounds::ListWanted(const StreamState& state) const {
  const std::uint64_t bytes = ListBytes(state);
  return bytes <= kShortListBytes ||
         (needs_list_ && bytes <= kLongestListBytes && lists_ < kLongLists);
}

Status Rounds::CheckNotBehind(const StreamInfo& info, bool& behind) {
  if (info.created != created_) return IsAnother();
  const std::uint64_t least = std::max(reply_.last_sequence, tail_.end());
  behind = info.state.last_sequence < least;
  if (!behind) return {};
  // A leader that has just been elected may have to catch up; one that does not has lost messages.
  end_before_ = std::max(end_before_, least);
  if (++behind_ <= kRoundsBehind) return {};
  return Fail(Errc::kStreamChanged, "stream " + stream_ + " ends at sequence " +
                                        std::to_string(info.state.last_sequence) +
                                        " now, and ended at " + std::to_string(least) +
                                        " during the copy");
}

Result<bool> Rounds::IsInTransition(const StreamInfo& info) {
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(info.config_json));
  return limits_.trims_at_once && trimming_.IsUnderWay(info.state, facts);
}

Result<std::optional<StreamInfo>> Rounds::Ask(SequenceSet* list) {
  auto answer = tail_.Ask(list);
  if (!answer) {
    if (answer.error().code != Errc::kServerBusy || ++behind_ > kRoundsBehind) {
      return Fail(std::move(answer).error());
    }
    JETKEEP_TRY(SleepFor(limits_.pause, cancel_));
    return std::optional<StreamInfo>();
  }
  bool wait = false;
  JETKEEP_TRY(CheckNotBehind(*answer, wait));
  if (!wait) {
    JETKEEP_ASSIGN(wait, IsInTransition(*answer));
  }
  if (!wait) return std::optional(std::move(*answer));
  JETKEEP_TRY(SleepFor(limits_.pause, cancel_));
  return std::optional<StreamInfo>();
}

Result<CutVerdict> Rounds::Judge(const StreamInfo& info, const SequenceSet* list) {
  JETKEEP_ASSIGN(SequenceSet unread, tail_.ReadTo(info.state, list));
  const bool changed = !SameState(info.state, reply_);
  CutVerdict verdict = JudgeCut(
      info.state, list,
      {.present = present_,
       .gone = gone_,
       .unread = unread,
       .archive_end = archive_end_,
       .count_may_deceive = captured_.damage_count > 0 || archive_holds_deleted_ || changed});
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

Status Rounds::Missed(const StreamInfo& info, const CutVerdict& verdict) {
  effort_.Missed(verdict, info.state.last_sequence);
  if (effort_.answers() < limits_.rounds && effort_.Time() < limits_.time) return {};
  return NotReached(verdict.finding == CutFinding::kMissed
                        ? "it changed faster than it could be read"
                        : "the server did not report which of its messages are deleted");
}

Result<std::optional<CutVerdict>> Rounds::Settle(const StreamInfo& info, const SequenceSet* list) {
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(info.config_json));
  // What is gone in this answer; what is learned from now on may have gone after it.
  if (list != nullptr) gone_.Union(*list);
  const SequenceSet gone = gone_;
  JETKEEP_ASSIGN(const GoneScan::Outcome outcome,
                 scan_.Run(info.state, !facts.removes_on_ack, present_, gone_));
  // A replica may have been behind; a later answer is judged by count and bytes.
  if (outcome == GoneScan::Outcome::kListing) return std::optional<CutVerdict>();
  const bool learned = outcome == GoneScan::Outcome::kLeader;
  if (learned && !scan_.listed()) {
    // Of the captured messages all that were gone in this answer are known: those that are left
    // were live, and are all of them if they are as many.
    CutVerdict verdict = JudgeCut(info.state, nullptr,
                                  {.present = present_,
                                   .gone = gone_,
                                   .unread = {},
                                   .archive_end = archive_end_,
                                   .count_may_deceive = true});
    if (verdict.finding == CutFinding::kExact) return verdict;
  }
  const SubjectRules rules{facts.max_per_subject, facts.allow_rollup};
  // A later answer may be one from which nothing went unnamed while its messages were asked for.
  if (learned && scan_.scans() < (rules.any() ? kScansWithRules : kScansWithoutRules)) {
    return std::optional<CutVerdict>();
  }
  // Nothing can be added to the backup after this.
  JETKEEP_ASSIGN(RulesProof proof, ProveByRules(writer_, info.state, present_,
                                                {.then = gone, .now = gone_, .all_now = learned},
                                                rules, facts.in_memory, cancel_));
  if (proof.verdict.finding != CutFinding::kExact) return NotReached(proof.why_not);
  return std::optional(std::move(proof.verdict));
}

Result<Cut> Rounds::Run() {
  bool want_list = false;
  for (;;) {
    JETKEEP_TRY(cancel_.Check());
    SequenceSet list;
    JETKEEP_ASSIGN(std::optional<StreamInfo> answer, Ask(want_list ? &list : nullptr));
    if (!answer) continue;
    StreamInfo info = std::move(*answer);
    if (want_list && ListBytes(info.state) > kShortListBytes) ++lists_;
    std::optional<StreamInfo> captured_all;
    JETKEEP_ASSIGN(CutVerdict verdict, Judge(info, want_list ? &list : nullptr));
    bool next_list = ListWanted(info.state);
    switch (verdict.finding) {
      case CutFinding::kExact: {
        JETKEEP_ASSIGN(const bool inside_batch, EndsInsideBatch(info));
        if (inside_batch) {
          JETKEEP_TRY(SleepFor(kBatchPause, cancel_));
          break;
        }
        JETKEEP_ASSIGN(const bool confirmed, Confirmed());
        if (confirmed) return Reached(std::move(info), std::move(verdict));
        break;
      }
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
          if (settled) {
            // Nothing may be added to the backup any more.
            unconfirmed_ = kRoundsUnconfirmed;
            JETKEEP_TRY(Confirmed());
            return Reached(std::move(info), std::move(*settled));
          }
          // Also a list that is not whole names most of what goes from now on.
          next_list = ListBytes(info.state) <= kLongestListBytes;
          break;
        }
        captured_all = info;
        break;
      case CutFinding::kMissed:
        // After a long list a short question: it may find a moment of which nothing left.
        if (want_list && ListBytes(info.state) > kShortListBytes) next_list = false;
        break;
    }
    JETKEEP_TRY(Missed(info, verdict));
    want_list = next_list;
    candidate_ = std::move(captured_all);
  }
}

Result<bool> Rounds::EndsInsideBatch(const StreamInfo& info) {
  const StreamInfo& cut = candidate_ ? *candidate_ : info;
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(cut.config_json));
  const std::uint64_t last = cut.state.last_sequence;
  if (!facts.atomic_batches || last == 0 || inside_batch_ >= kRoundsInsideBatch) return false;
  bool inside = tail_.newest() == last && IsInsideBatch(tail_.newest_headers());
  if (tail_.newest() != last) {
    JETKEEP_ASSIGN(const std::optional<StoredMessage> message, reader_.FirstFrom(last));
    inside = message && message->sequence == last && IsInsideBatch(message->headers);
  }
  if (!inside) return false;
  ++inside_batch_;
  candidate_.reset();
  return true;
}

Result<bool> Rounds::Confirmed() {
  if (!confirm_) return true;
  JETKEEP_ASSIGN(const bool confirmed, confirm_(unconfirmed_ + 1 >= kRoundsUnconfirmed));
  if (confirmed) return true;
  if (++unconfirmed_ >= kRoundsUnconfirmed) {
    return NotReached("its consumers were created or set back again and again");
  }
  candidate_.reset();
  return false;
}

Status Rounds::CheckSameLife(const Cut& cut) {
  if (SameState(cut.info.state, reply_) && behind_ == 0) return {};
  SequenceSet missing = cut.verdict.deleted;
  missing.Union(cut.verdict.lost);
  for (const std::uint64_t up_to : {archive_end_, end_before_}) {
    if (up_to == 0) continue;
    JETKEEP_ASSIGN(const LifeProof proof,
                   CompareWithStream(reader_, writer_, cut.info.state, missing, up_to));
    if (proof == LifeProof::kOther) return IsAnother();
    if (proof == LifeProof::kUnknown && up_to == end_before_) {
      return Fail(Errc::kStreamChanged,
                  "stream " + stream_ + " ended below sequence " + std::to_string(end_before_) +
                      " for a moment, and it cannot be proved that it is the same since");
    }
  }
  return {};
}

Result<Cut> Rounds::Reached(StreamInfo info, CutVerdict verdict) {
  Cut cut;
  cut.info = candidate_ ? std::move(*candidate_) : std::move(info);
  cut.verdict = std::move(verdict);
  cut.figures = effort_.Figures(tail_.messages());
  JETKEEP_TRY(CheckSameLife(cut));
  if (!scan_.listed() || cut.verdict.finding != CutFinding::kExact) return cut;
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(cut.info.config_json));
  JETKEEP_ASSIGN(const bool proved,
                 HasBytesOf(writer_, cut.info.state, cut.verdict, facts.in_memory, cancel_));
  if (!proved) return NotReached("the size of its messages is not what the server counts");
  return cut;
}

}  // namespace

Result<Cut> ReachCut(StreamReader& reader, const std::string& stream, const std::string& created,
                     CaptureResult& capture, BackupWriter& writer, const CutLimits& limits,
                     const CancelToken& cancel, const ConfirmCut& confirm) {
  return Rounds(reader, stream, created, capture, writer, limits, cancel, confirm).Run();
}

}  // namespace jetkeep

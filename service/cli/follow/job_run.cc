#include "service/cli/follow/job_run.h"

#include <algorithm>
#include <utility>

#include "protocol/control/answers.h"
#include "protocol/control/subjects.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"

namespace jetkeep {
namespace {

std::string EventKindOf(const Document& event, JobKind work) {
  const std::string type = TextOf(event, "type");
  const std::string prefix = "io.jetkeep.event.v1." + std::string(NameOf(work)) + "_";
  return type.starts_with(prefix) ? type.substr(prefix.size()) : "";
}

std::string Sequences(const Document& document) {
  if (CountOf(document, "messages") == 0) return "no messages";
  return "sequences " + HumanCount(CountOf(document, "first_sequence")) + " to " +
         HumanCount(CountOf(document, "last_sequence"));
}

std::string Contents(const Document& document) {
  return HumanPlural(CountOf(document, "messages"), "message") + " (" +
         HumanSize(CountOf(document, "bytes")) + "), " + Sequences(document) + ", " +
         HumanPlural(CountOf(document, "consumers"), "consumer");
}

}  // namespace

JobRun::JobRun(JobKind kind, std::string stream, std::string job)
    : kind_(kind), stream_(std::move(stream)), job_(std::move(job)) {
  label_ = std::string(NameOf(kind_)) + (stream_.empty() ? "" : " " + stream_);
  progress_.label = label_;
}

void JobRun::LearnStream(const Document& document) {
  if (!stream_.empty()) return;
  stream_ = TextOf(document, "stream");
  if (stream_.empty() || stream_ == kAllStreams) return;
  label_ = std::string(NameOf(kind_)) + " " + stream_;
  progress_.label = label_;
}

bool JobRun::IsAbout(const Document& event) const {
  if (TextOf(event, "job") != job_) return false;
  const std::string account = TextOf(event, "account");
  return account_.empty() || account.empty() || account == account_;
}

std::optional<std::string> JobRun::TakeEvent(const Document& event) {
  if (ended() || !IsAbout(event)) return std::nullopt;
  const std::string kind = EventKindOf(event, kind_);
  if (kind.empty()) return std::nullopt;
  LearnStream(event);
  last_event_ = event;
  if (kind == "queued") {
    phase_ = Phase::kQueued;
    const std::uint64_t position = CountOf(event, "position");
    return label_ + ": queued" +
           (position == 0 ? std::string() : " behind " + HumanPlural(position, "other job"));
  }
  if (kind == "started") {
    const bool again = phase_ == Phase::kRunning;
    phase_ = Phase::kRunning;
    if (again) return std::nullopt;
    return label_ + ": started (job " + job_ + ")";
  }
  if (kind == "progress") {
    phase_ = Phase::kRunning;
    TakeProgress(event);
    return std::nullopt;
  }
  if (kind == "retrying") {
    phase_ = Phase::kRunning;
    return label_ + ": attempt " + std::to_string(CountOf(event, "attempt")) + " failed (" +
           TextOf(MemberOf(event, "error"), "description") + "), next one in " +
           HumanSeconds(NumberOf(event, "delay_seconds"));
  }
  if (kind == "completed") {
    phase_ = Phase::kEnded;
  } else if (kind == "failed") {
    EndWith(ErrorFromDocument(MemberOf(event, "error")));
  } else if (kind == "cancelled") {
    Error error{Errc::kCancelled, label_ + " was cancelled", "", 0};
    if (event.contains("error")) {
      Error left = ErrorFromDocument(MemberOf(event, "error"));
      error.message += ": " + left.message;
      error.hint = std::move(left.hint);
    }
    EndWith(std::move(error));
  }
  return std::nullopt;
}

void JobRun::TakeStatus(const Document& status) {
  if (ended()) return;
  LearnStream(status);
  if (account_.empty()) account_ = TextOf(status, "account");
  const std::string state = TextOf(status, "state");
  if (state == NameOf(JobState::kQueued)) phase_ = Phase::kQueued;
  if (state == NameOf(JobState::kRunning)) phase_ = Phase::kRunning;
  if (status.contains("progress")) TakeProgress(MemberOf(status, "progress"));
}

void JobRun::Complete(Document event) {
  if (ended()) return;
  LearnStream(event);
  last_event_ = std::move(event);
  phase_ = Phase::kEnded;
}

void JobRun::EndWith(Error error) {
  error_ = std::move(error);
  phase_ = Phase::kEnded;
}

void JobRun::TakeProgress(const Document& figures) {
  const Document& messages = MemberOf(figures, "messages");
  progress_.messages_done = CountOf(messages, "done");
  progress_.messages_expected = CountOf(messages, "expected");
  progress_.bytes_done = CountOf(MemberOf(figures, "bytes"), "done");
  progress_.bytes_per_second = NumberOf(MemberOf(figures, "rate"), "bytes_per_second");
  progress_.percent = NumberOf(figures, "percent");
  const Document& streams = MemberOf(figures, "streams");
  if (!streams.empty()) {
    progress_.label = label_ + " " + HumanCount(CountOf(streams, "done")) + " of " +
                      HumanPlural(CountOf(streams, "expected"), "stream");
  }
  progress_.remaining_seconds.reset();
  if (MemberOf(figures, "remaining_seconds").is_number()) {
    progress_.remaining_seconds = NumberOf(figures, "remaining_seconds");
  }
}

std::string DescribeSetResult(JobKind kind, const Document& ended) {
  const Document& set = MemberOf(ended, "set_result");
  const std::uint64_t streams = CountOf(set, "streams");
  std::string text = kind == JobKind::kBackup
                         ? "set " + TextOf(set, "id") + " is " + TextOf(set, "condition") + ": "
                         : "restored from set " + TextOf(set, "id") + ": ";
  text += HumanCount(streams - std::min(streams, CountOf(set, "failed"))) + " of " +
          HumanPlural(streams, "stream") + ", " + HumanPlural(CountOf(set, "messages"), "message") +
          " (" + HumanSize(CountOf(set, "bytes")) + ")";
  if (const std::uint64_t updated = CountOf(set, "updated"); updated > 0) {
    text += ", of " + HumanPlural(updated, "stream") + " the configuration only";
  }
  if (kind == JobKind::kBackup) {
    text += "; stored " + HumanSize(CountOf(set, "stored_bytes"));
    const Document& cuts = MemberOf(set, "cuts");
    if (!cuts.empty()) text += ", cuts within " + HumanSeconds(NumberOf(cuts, "skew_seconds"));
  }
  return text + " in " + HumanSeconds(NumberOf(ended, "duration_seconds"));
}

std::string DescribeResult(JobKind kind, const Document& completed) {
  const std::string time = " in " + HumanSeconds(NumberOf(completed, "duration_seconds"));
  switch (kind) {
    case JobKind::kBackup: {
      if (completed.contains("set_result")) return DescribeSetResult(kind, completed);
      const Document& result = MemberOf(completed, "result");
      const std::string condition = TextOf(result, "condition");
      if (condition == "config_only") {
        return "backup " + TextOf(result, "id") + " of " + TextOf(result, "stream") +
               " is config_only: no messages, " +
               HumanPlural(CountOf(result, "consumers"), "consumer") + time;
      }
      std::string text = "backup " + TextOf(result, "id") + " of " + TextOf(result, "stream") +
                         " is " + condition + ": " + Contents(result) + "; stored " +
                         HumanSize(CountOf(result, "stored_bytes")) + time;
      if (condition == "damaged") {
        text += "; lost " + HumanPlural(CountOf(result, "lost_messages"), "message");
      }
      const Document& cut = MemberOf(completed, "cut_search");
      const std::uint64_t answers = CountOf(cut, "answers");
      if (answers > 1) {
        text += "; cut after " + HumanPlural(answers, "answer") + ", with " +
                HumanPlural(CountOf(cut, "tail_messages"), "message") + " read after the copy";
      }
      return text;
    }
    case JobKind::kRestore:
      if (completed.contains("set_result")) return DescribeSetResult(kind, completed);
      if (FlagOf(completed, "updated")) {
        const std::size_t changes = MemberOf(completed, "differences").size();
        return TextOf(completed, "stream") + " is as in backup " + TextOf(completed, "backup") +
               " (" + (changes == 0 ? "nothing differed" : HumanPlural(changes, "difference")) +
               ")" + time;
      }
      return "restored " + TextOf(completed, "stream") + " from backup " +
             TextOf(completed, "backup") + ": " + Contents(completed) + time;
    case JobKind::kRepublish: {
      const std::string from = " of backup " + TextOf(completed, "backup");
      std::string text = FlagOf(completed, "dry_run") ? "would publish " : "published ";
      text += HumanPlural(CountOf(completed, "messages"), "message") + " (" +
              HumanSize(CountOf(completed, "bytes")) + ")" + from;
      if (const std::string into = TextOf(completed, "into"); !into.empty())
        text += " into " + into;
      text += "; selected " + HumanCount(CountOf(completed, "selected"));
      if (const auto living = CountOf(completed, "living"); living > 0) {
        text += ", " + HumanCount(living) + " still there";
      }
      if (const auto already = CountOf(completed, "already"); already > 0) {
        text += ", " + HumanCount(already) + " published before";
      }
      if (const auto same = CountOf(completed, "duplicates"); same > 0) {
        text += ", " + HumanCount(same) + " known to the stream already";
      }
      return text + time;
    }
    case JobKind::kVerify:
      break;
  }
  const std::uint64_t backups = CountOf(completed, "backups");
  const std::uint64_t damaged = CountOf(completed, "damaged");
  return "verified " + HumanPlural(backups, "backup") + ", " +
         HumanSize(CountOf(completed, "bytes_read")) + " read" + time + ": " +
         (damaged == 0 ? std::string("all good") : HumanCount(damaged) + " damaged");
}

}  // namespace jetkeep

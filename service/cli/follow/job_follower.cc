#include "service/cli/follow/job_follower.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "protocol/control/answer_check.h"
#include "protocol/control/answers.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kSilence{10};        // without events for so long: ask
constexpr seconds kAbsentInterval{2};  // while nobody answers
constexpr seconds kAbsentLimit{300};   // then give up
constexpr milliseconds kTick{200};
constexpr milliseconds kResultTimeout{seconds(30)};

Document AboutJob(const JobRun& run) {
  Document request{{"job", run.job()}};
  if (!run.account().empty()) request["account"] = run.account();
  return request;
}

}  // namespace

struct JobFollower::Followed {
  Followed(JobKind kind, const std::string& stream, const std::string& job)
      : run(kind, stream, job) {}

  JobRun run;
  EndpointId endpoint = EndpointId::kBackup;
  Document request;  // with the job id
  std::unique_ptr<Subscription> subscription;
  Clock::time_point next_check = Clock::now() + kSilence;
  std::optional<Clock::time_point> absent_since;
};

JobFollower::JobFollower(ControlClient& client, ProgressView& view, Interrupts interrupts)
    : client_(client),
      view_(view),
      interrupts_(std::move(interrupts)),
      inbox_(std::make_shared<EventInbox>()) {}

JobFollower::~JobFollower() = default;

JobRun& JobFollower::Start(EndpointId endpoint, JobKind kind, const std::string& stream,
                           std::string job, Document request) {
  if (job.empty()) job = RandomToken(kJobIdLength);
  request["job"] = job;
  Followed& followed = *jobs_.emplace_back(std::make_unique<Followed>(kind, stream, job));
  followed.endpoint = endpoint;
  followed.request = std::move(request);
  // The stream may be known only to the service (a restore by backup id); the job id is enough.
  auto subscription = client_.SubscribeEvents(kind, "*", job, inbox_->Handler());
  if (!subscription) {
    followed.run.EndWith(std::move(subscription).error());
    return followed.run;
  }
  followed.subscription = std::move(*subscription);
  auto answer = client_.Call(endpoint, followed.request);
  if (!answer) {
    followed.run.EndWith(std::move(answer).error());
    return followed.run;
  }
  followed.run.TakeStatus(*answer);
  const std::string state = TextOf(*answer, "state");
  const bool ended_before = state == NameOf(JobState::kCompleted) ||
                            state == NameOf(JobState::kFailed) ||
                            state == NameOf(JobState::kCancelled);
  if (ended_before) FetchResult(followed);
  return followed.run;
}

void JobFollower::FollowAll() {
  const auto all_ended = [&] {
    return std::all_of(jobs_.begin(), jobs_.end(),
                       [](const auto& job) { return job->run.ended(); });
  };
  while (!all_ended()) {
    HandleEvents(kTick);
    if (interrupts_() > 0 && !cancelled_) CancelAll();
    CheckSilentJobs();
    Draw();
  }
  view_.Finish();
}

void JobFollower::HandleEvents(milliseconds wait) {
  for (const EventInbox::Event& message : inbox_->Take(wait)) {
    const auto event = ReadEvent(message.subject, message.body);
    if (!event) continue;  // not ours; the status of a silent job is asked for anyway
    for (const auto& followed : jobs_) {
      if (!followed->run.IsAbout(*event)) continue;
      if (const auto line = followed->run.TakeEvent(*event)) view_.Say(*line);
      followed->next_check = Clock::now() + kSilence;
      followed->absent_since.reset();
    }
    Draw();
  }
}

void JobFollower::CheckSilentJobs() {
  for (const auto& followed : jobs_) {
    if (followed->run.ended()) continue;
    const JobRun& run = followed->run;
    if (Status subscribed = client_.CheckSubscribed(run.kind(), "*", run.job()); !subscribed) {
      followed->run.EndWith(
          std::move(subscribed)
              .error()
              .Within("job " + run.job() + " is running, but its events cannot be followed"));
    } else if (Clock::now() >= followed->next_check) {
      AskStatus(*followed);
    }
  }
}

void JobFollower::AskStatus(Followed& followed) {
  followed.next_check = Clock::now() + kSilence;
  const auto status = client_.Call(EndpointId::kStatus, AboutJob(followed.run));
  if (!status) {
    switch (status.error().code) {
      case Errc::kJobNotFound:
        AskAgain(followed);
        return;
      case Errc::kTimeout:
      case Errc::kUnexpectedAnswer:
      case Errc::kNoResponders:
      case Errc::kNotConnected:
      case Errc::kTransferInterrupted:
      case Errc::kShuttingDown:
        Absent(followed, status.error());
        return;
      default:
        followed.run.EndWith(status.error());
        return;
    }
  }
  followed.run.TakeStatus(*status);
  const std::string state = TextOf(*status, "state");
  const bool from_history = MemberOf(*status, "from_history") == Document(true);
  if (from_history && state == NameOf(JobState::kCompleted)) {
    if (followed.run.kind() == JobKind::kRepublish) {
      followed.run.EndWith(
          Error{Errc::kTransferInterrupted,
                "job " + followed.run.job() +
                    " completed, but the service was restarted before its result arrived",
                "All messages are published. `jetkeep status JOB` shows the job."});
    } else if (followed.run.kind() == JobKind::kRestore) {
      followed.run.EndWith(
          Error{Errc::kTransferInterrupted,
                "job " + followed.run.job() +
                    " completed, but the service was restarted before its result arrived",
                "The stream is restored. `jetkeep status JOB` shows the job."});
    } else {
      AskAgain(followed);  // the result is not kept
    }
  } else if (from_history) {
    followed.run.EndWith(ErrorFromDocument(MemberOf(*status, "error")));
  } else if (state != NameOf(JobState::kQueued) && state != NameOf(JobState::kRunning)) {
    FetchResult(followed);
  } else {
    followed.absent_since.reset();
  }
}

// The same request with "wait" is answered with the job's last event.
void JobFollower::FetchResult(Followed& followed) {
  Document request = followed.request;
  request["wait"] = true;
  auto result = client_.Call(followed.endpoint, request, kResultTimeout);
  if (result) {
    followed.run.Complete(std::move(*result));
  } else if (result.error().code == Errc::kTimeout || result.error().code == Errc::kNoResponders ||
             result.error().code == Errc::kNotConnected ||
             result.error().code == Errc::kUnexpectedAnswer) {
    Absent(followed, result.error());
  } else {
    followed.run.EndWith(std::move(result).error());
  }
}

void JobFollower::AskAgain(Followed& followed) {
  if (followed.run.kind() == JobKind::kRepublish) {
    followed.run.EndWith(
        Error{Errc::kTransferInterrupted,
              "the service no longer knows job " + followed.run.job() + ": it was restarted",
              "Some messages may be published. Ask again, and name the stream that stores them "
              "(--into): it is read first, and what it has is left out."});
    return;
  }
  if (followed.run.kind() == JobKind::kRestore) {
    followed.run.EndWith(
        Error{Errc::kTransferInterrupted,
              "the service no longer knows job " + followed.run.job() + ": it was restarted",
              "Check whether the stream exists, and restore again if it does not."});
    return;
  }
  view_.Say(followed.run.label() + ": the service was restarted; asking again");
  auto answer = client_.Call(followed.endpoint, followed.request);
  if (!answer && (answer.error().Retryable() || answer.error().code == Errc::kUnexpectedAnswer)) {
    Absent(followed, answer.error());
  } else if (!answer) {
    followed.run.EndWith(std::move(answer).error());
  } else {
    followed.absent_since.reset();
    followed.run.TakeStatus(*answer);
  }
}

void JobFollower::Absent(Followed& followed, const Error& reason) {
  const auto now = Clock::now();
  if (!followed.absent_since) {
    followed.absent_since = now;
    view_.Say(followed.run.label() + ": waiting for the service (" + reason.message + ")");
  }
  if (now - *followed.absent_since > kAbsentLimit) {
    followed.run.EndWith(reason);
    return;
  }
  followed.next_check = now + kAbsentInterval;
}

void JobFollower::CancelAll() {
  cancelled_ = true;
  view_.Say("cancelling; interrupt again to exit at once");
  for (const auto& followed : jobs_) {
    if (followed->run.ended()) continue;
    const auto answer = client_.Call(EndpointId::kCancel, AboutJob(followed->run));
    // Nobody there to cancel it: nothing to wait for either.
    if (!answer) followed->run.EndWith(answer.error());
  }
}

void JobFollower::Draw() {
  ShownProgress sum;
  std::size_t running = 0;
  std::size_t ended = 0;
  for (const auto& followed : jobs_) {
    if (followed->run.ended()) ++ended;
    if (followed->run.phase() != JobRun::Phase::kRunning) continue;
    const ShownProgress& one = followed->run.progress();
    if (++running == 1) {
      sum = one;
      continue;
    }
    sum.messages_done += one.messages_done;
    sum.messages_expected += one.messages_expected;
    sum.bytes_done += one.bytes_done;
    sum.bytes_per_second += one.bytes_per_second;
    sum.percent = std::min(sum.percent, one.percent);
    if (one.remaining_seconds) {
      sum.remaining_seconds = std::max(sum.remaining_seconds.value_or(0), *one.remaining_seconds);
    }
  }
  if (running == 0) return;
  if (jobs_.size() > 1) {
    sum.label = std::to_string(ended) + " of " + std::to_string(jobs_.size()) + " done";
  }
  view_.Update(sum, Clock::now());
}

}  // namespace jetkeep

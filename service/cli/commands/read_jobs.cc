// status, cancel and watch.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "protocol/control/answer_check.h"
#include "protocol/control/answers.h"
#include "service/cli/control_client.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"
#include "service/cli/render/job_text.h"
#include "service/cli/verbs.h"

namespace jetkeep {
namespace {

struct Arrivals {
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<ControlClient::EventMessage> events;
};

bool EndsJob(const Document& event) {
  const std::string type = TextOf(event, "type");
  return type.ends_with("_completed") || type.ends_with("_failed") || type.ends_with("_cancelled");
}

int CodeOfEnd(const Document& event) {
  const std::string type = TextOf(event, "type");
  if (type.ends_with("_failed")) return ExitCodeOf(ErrorFromDocument(MemberOf(event, "error")));
  if (type.ends_with("_cancelled")) return TraitsOf(Errc::kCancelled).exit_code;
  return kExitOk;
}

Result<Document> AskForJob(ControlClient& client, EndpointId endpoint, const std::string& job) {
  auto answer = client.Call(endpoint, Document{{"job", job}});
  if (!answer && answer.error().code == Errc::kJobNotFound) {
    answer.error().hint =
        "`jetkeep status` shows the jobs that are queued, running or ended lately.";
  }
  return answer;
}

bool IsRunningOrQueued(const Document& job) {
  const std::string state = TextOf(job, "state");
  return state == NameOf(JobState::kQueued) || state == NameOf(JobState::kRunning);
}

// What several instances answer, as one answer.
Document Merged(const std::vector<Document>& answers) {
  std::uint64_t total = 0;
  Document jobs = Document::array();
  Document warnings = Document::array();
  for (const Document& answer : answers) {
    total += CountOf(answer, "total");
    for (const Document& job : MemberOf(answer, "jobs")) jobs.push_back(job);
    for (const Document& warning : MemberOf(answer, "warnings")) {
      const bool known = std::find(warnings.begin(), warnings.end(), warning) != warnings.end();
      if (!known) warnings.push_back(warning);
    }
  }
  return {{"total", total}, {"jobs", std::move(jobs)}, {"warnings", std::move(warnings)}};
}

}  // namespace

Result<int> ShowStatus(const Invocation& invocation, const Config& config, Console& console) {
  JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client, ControlClient::Connect(config));
  if (invocation.job.empty()) {
    JETKEEP_ASSIGN(const std::vector<Document> answers,
                   client->CallAll(EndpointId::kStatus, Document::object()));
    const Document answer = Merged(answers);
    if (console.json()) {
      console.PrintJson(answer);
    } else {
      console.Print(RenderJobs(MemberOf(answer, "jobs")));
      for (const Document& warning : MemberOf(answer, "warnings")) {
        console.Warn(warning.get<std::string>());
      }
    }
    return kExitOk;
  }
  JETKEEP_ASSIGN(const Document job, AskForJob(*client, EndpointId::kStatus, invocation.job));
  if (console.json()) {
    console.PrintJson(job);
  } else {
    console.Print(RenderJob(job));
  }
  return kExitOk;
}

Result<int> CancelJob(const Invocation& invocation, const Config& config, Console& console) {
  JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client, ControlClient::Connect(config));
  JETKEEP_ASSIGN(const Document job, AskForJob(*client, EndpointId::kCancel, invocation.job));
  if (console.json()) {
    console.PrintJson(job);
  } else {
    const std::string what =
        TextOf(job, "kind") + " " + TextOf(job, "stream") + " (job " + TextOf(job, "job") + ")";
    console.PrintLine(Printable(IsRunningOrQueued(job)
                                    ? "cancelling " + what + ", which was " + TextOf(job, "state")
                                    : what + " has ended already: " + TextOf(job, "state")));
  }
  return kExitOk;
}

Result<int> WatchEvents(const Invocation& invocation, const Config& config, Console& console) {
  JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client, ControlClient::Connect(config));
  const auto arrivals = std::make_shared<Arrivals>();
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  const std::string stream = invocation.stream.empty() ? "*" : invocation.stream;
  const std::string job = invocation.job.empty() ? "*" : invocation.job;
  for (const JobKind kind : {JobKind::kBackup, JobKind::kRestore, JobKind::kVerify}) {
    auto put = [arrivals](ControlClient::EventMessage event) {
      const std::lock_guard lock(arrivals->mutex);
      arrivals->events.push_back(std::move(event));
      arrivals->arrived.notify_one();
    };
    JETKEEP_ASSIGN(subscriptions.emplace_back(),
                   client->SubscribeEvents(kind, stream, job, std::move(put)));
  }
  if (!invocation.job.empty()) {
    JETKEEP_ASSIGN(const Document status, AskForJob(*client, EndpointId::kStatus, invocation.job));
    if (!IsRunningOrQueued(status)) {
      if (console.json()) {
        console.PrintJsonLine(status);
      } else {
        console.Print(RenderJob(status));
      }
      return status.contains("error") ? ExitCodeOf(ErrorFromDocument(MemberOf(status, "error")))
                                      : kExitOk;
    }
  }
  while (true) {
    std::deque<ControlClient::EventMessage> events;
    {
      std::unique_lock lock(arrivals->mutex);
      arrivals->arrived.wait_for(lock, std::chrono::milliseconds(500),
                                 [&] { return !arrivals->events.empty(); });
      events = std::exchange(arrivals->events, {});
    }
    for (const ControlClient::EventMessage& message : events) {
      const auto event = ReadEvent(message.subject, message.body);
      if (!event) continue;  // somebody else's
      if (console.json()) {
        console.PrintJsonLine(*event);
      } else {
        console.PrintLine(RenderEvent(*event));
      }
      if (!invocation.job.empty() && EndsJob(*event)) return CodeOfEnd(*event);
    }
    if (!console.Flush()) return kExitFailed;  // the reader has gone
  }
}

}  // namespace jetkeep

// watch: events as they come, of all jobs, of a stream's, or of one until it ends.
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "protocol/base/names.h"
#include "protocol/control/answer_check.h"
#include "protocol/control/answers.h"
#include "service/cli/commands/commands.h"
#include "service/cli/control_client.h"
#include "service/cli/exit_code.h"
#include "service/cli/follow/event_inbox.h"
#include "service/cli/job_choice.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/job_text.h"

namespace jetkeep {
namespace {

constexpr JobKind kKinds[] = {JobKind::kBackup, JobKind::kRestore, JobKind::kVerify,
                              JobKind::kRepublish};
constexpr std::chrono::milliseconds kTick{500};

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

class Watch : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Argument("JOB", job_, "events of this job, until it ends (default: of all jobs)");
    flags.Option("--stream", stream_, "STREAM", "events of this stream's jobs");
  }
  Status Check(const FlagValues&) const override {
    if (!stream_.empty() && !job_.empty()) {
      return Fail(Errc::kUsage, "give a job or --stream, not both");
    }
    if (!stream_.empty()) JETKEEP_TRY(CheckStreamName(stream_));
    return job_.empty() ? Status() : CheckJobId(job_);
  }

  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    const auto inbox = std::make_shared<EventInbox>();
    JETKEEP_ASSIGN(Subscriptions subscriptions, Subscribe(*client, *inbox));
    std::string account = context.addressee.account;
    if (!job_.empty()) {
      JETKEEP_ASSIGN(Document status, CallAboutJob(*client, EndpointId::kStatus, job_));
      if (const std::string whole = TextOf(status, "job"); whole != job_) {
        job_ = whole;
        JETKEEP_ASSIGN(subscriptions, Subscribe(*client, *inbox));
        // It may have ended before the second subscription.
        JETKEEP_ASSIGN(status, CallAboutJob(*client, EndpointId::kStatus, job_));
      }
      if (std::string its = TextOf(status, "account"); !its.empty()) account = std::move(its);
      if (!IsRunningOrQueued(status)) return ShowEnded(status, context.console);
    }
    return Follow(*client, *inbox, account, context.console);
  }

 private:
  using Subscriptions = std::vector<std::unique_ptr<Subscription>>;

  std::string WatchedStream() const { return stream_.empty() ? "*" : stream_; }
  std::string WatchedJob() const { return job_.empty() ? "*" : job_; }

  Result<Subscriptions> Subscribe(ControlClient& client, EventInbox& inbox) const {
    Subscriptions subscriptions;
    for (const JobKind kind : kKinds) {
      JETKEEP_ASSIGN(subscriptions.emplace_back(),
                     client.SubscribeEvents(kind, WatchedStream(), WatchedJob(), inbox.Handler()));
    }
    return subscriptions;
  }

  static int ShowEnded(const Document& status, Console& console) {
    if (console.json()) {
      console.PrintJsonLine(status);
    } else {
      console.Print(RenderJob(status));
    }
    return status.contains("error") ? ExitCodeOf(ErrorFromDocument(MemberOf(status, "error")))
                                    : kExitOk;
  }

  Result<int> Follow(ControlClient& client, EventInbox& inbox, const std::string& account,
                     Console& console) const {
    while (true) {
      for (const ControlClient::EventMessage& message : inbox.Take(kTick)) {
        const auto event = ReadEvent(message.subject, message.body);
        if (!event) continue;  // somebody else's
        if (!account.empty() && TextOf(*event, "account") != account) continue;
        if (console.json()) {
          console.PrintJsonLine(*event);
        } else {
          console.PrintLine(RenderEvent(*event));
        }
        if (!job_.empty() && EndsJob(*event)) return CodeOfEnd(*event);
      }
      if (!console.Flush()) return kExitFailed;  // the reader has gone
      for (const JobKind kind : kKinds) {
        JETKEEP_TRY(client.CheckSubscribed(kind, WatchedStream(), WatchedJob()));
      }
    }
  }

  std::string job_;
  std::string stream_;
};

}  // namespace

std::unique_ptr<Verb> MakeWatch() { return std::make_unique<Watch>(); }

}  // namespace jetkeep

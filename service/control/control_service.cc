#include "service/control/control_service.h"

#include <algorithm>
#include <list>
#include <utility>
#include <vector>

#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "protocol/control/subjects.h"
#include "service/control/control_context.h"
#include "service/control/discovery.h"
#include "service/control/job_handlers.h"
#include "service/control/query_handlers.h"
#include "service/loop/timer.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

constexpr std::size_t kRequestThreads = 2;
constexpr std::size_t kDefaultMaxPayload = std::size_t{1024} * 1024;  // the servers' default
constexpr std::size_t kRoomForHeaders = 1024;

}  // namespace

class ControlService::Impl {
 public:
  Impl(EventLoop& loop, Connection& connection, Engine& engine, ControlOptions options)
      : options_(std::move(options)),
        loop_(loop),
        connection_(connection),
        subjects_(options_.prefix),
        desk_({{kInstanceHeader, instance_}, {kVersionHeader, options_.version}}),
        jobs_(
            loop, engine, subjects_,
            {.running = options_.max_jobs,
             .queued = options_.max_queued_jobs,
             .ended = options_.max_ended_jobs},
            [this](const auto& subject, const auto& body, const auto& headers) {
              Publish(subject, body, headers);
            },
            [this] { return MaxBody(); }),
        captures_(loop, connection, options_.streams, subjects_),
        discovery_(
            subjects_, {instance_, options_.version, options_.metadata}, desk_,
            [this](std::function<void()> task) { loop_.Post(alive_.Guard(std::move(task))); }),
        workers_(kRequestThreads),
        context_{loop_,    engine, subjects_,
                 jobs_,    desk_,  captures_,
                 workers_, alive_, [this] { return MaxBody(); }},
        job_handlers_(context_),
        query_handlers_(context_) {}

  Status Start() {
    JETKEEP_TRY(CheckPrefix(options_.prefix));
    for (std::size_t i = 0; i < kEndpoints.size(); ++i) {
      JETKEEP_TRY(Subscribe(static_cast<EndpointId>(i)));
    }
    JETKEEP_TRY(discovery_.Subscribe(connection_));
    captures_.Start();
    log::Debug("control subjects are subscribed", {{"prefix", options_.prefix},
                                                   {"instance", discovery_.id()},
                                                   {"max_jobs", options_.max_jobs}});
    return {};
  }

  void Stop(std::chrono::milliseconds grace, std::function<void(bool)> done) {
    stopping_ = true;
    for (const auto& subscription : subscriptions_) {
      if (const Status drained = subscription->Drain(); !drained) {
        log::Debug("a subscription could not be drained", {{"error", drained.error().message}});
      }
    }
    jobs_.Stop(grace, std::move(done));
  }

  const std::string& id() const { return discovery_.id(); }

 private:
  // Once for each endpoint: where only `allow_responses` lets us answer, servers count the copies
  // that one connection gets of a request, and allow one answer.
  Status Subscribe(EndpointId endpoint) {
    JETKEEP_ASSIGN(auto subscription,
                   connection_.Subscribe(subjects_.Request(endpoint), QueueGroupOf(endpoint),
                                         [this, endpoint](Message message) {
                                           Accept(endpoint, std::move(message));
                                         }));
    subscriptions_.push_back(std::move(subscription));
    return {};
  }

  // On the thread of the client library.
  void Accept(EndpointId endpoint, Message message) {
    if (Request request = desk_.Admit(endpoint, message)) {
      loop_.Post(alive_.Guard([this, request = std::move(request)] { Handle(request); }));
      return;
    }
    desk_.RefuseUnadmitted(message);
  }

  void Handle(const Request& request) {
    const Result<Document> body = RequestDesk::ReadBody(request);
    if (GoesToEveryInstance(request->endpoint)) return HandleForEveryone(request, body);
    if (stopping_) {
      return desk_.Refuse(request, {Errc::kShuttingDown, "the service is shutting down", {}, 0});
    }
    if (!body) return desk_.Refuse(request, body.error());
    Dispatch(request, *body);
  }

  void Dispatch(const Request& request, const Document& body) {
    switch (request->endpoint) {
      case EndpointId::kBackup:
        return job_handlers_.Backup(request, body);
      case EndpointId::kRestore:
        return job_handlers_.Restore(request, body);
      case EndpointId::kVerify:
        return job_handlers_.Verify(request, body);
      case EndpointId::kList:
        return query_handlers_.List(request, body);
      case EndpointId::kShow:
        return query_handlers_.Show(request, body);
      case EndpointId::kStatus:
        return query_handlers_.Status(request, body);
      case EndpointId::kCancel:
        return query_handlers_.Cancel(request, body);
      case EndpointId::kDelete:
        return query_handlers_.Delete(request, body);
    }
  }

  // Such a request arrives at every instance. Whoever knows the job answers; the others say that
  // they do not, after a delay that lets the one that knows it answer first.
  void HandleForEveryone(const Request& request, const Result<Document>& body) {
    const Result<std::string> job = body ? JobOf(request->endpoint, *body) : Fail(body.error());
    if (!job) return desk_.Refuse(request, job.error());
    if (job->empty() || jobs_.Find(*job)) return Dispatch(request, *body);
    delayed_.emplace_back();
    const auto delayed = std::prev(delayed_.end());
    *delayed = Timer::Once(
        loop_, options_.not_found_delay, [this, delayed, request, body = *body, id = *job] {
          const std::unique_ptr<Timer> timer = std::move(*delayed);
          delayed_.erase(delayed);
          if (jobs_.Find(id)) return Dispatch(request, body);  // it has come to be meanwhile
          desk_.Disclaim(request, {Errc::kJobNotFound, "the job " + id + " is not known", {}, 0});
        });
  }

  static Result<std::string> JobOf(EndpointId endpoint, const Document& body) {
    if (endpoint == EndpointId::kCancel) {
      JETKEEP_ASSIGN(const CancelRequest cancel, ParseCancelRequest(body));
      return cancel.job;
    }
    JETKEEP_ASSIGN(const StatusRequest status, ParseStatusRequest(body));
    return status.job;
  }

  void Publish(const std::string& subject, const std::string& body, const Headers& headers) {
    if (const Status sent = connection_.Publish(subject, body, headers); !sent) {
      log::Warn("an event could not be published",
                {{"subject", subject}, {"error", sent.error().message}});
    }
  }

  std::size_t MaxBody() const {
    const std::size_t max_payload = connection_.MaxPayload();
    const std::size_t room = max_payload == 0 ? kDefaultMaxPayload : max_payload;
    return room > 2 * kRoomForHeaders ? room - kRoomForHeaders : room / 2;
  }

  const ControlOptions options_;
  const std::string instance_ = RandomToken(22);
  EventLoop& loop_;
  Connection& connection_;
  const Subjects subjects_;
  Alive alive_;
  RequestDesk desk_;
  JobManager jobs_;
  CaptureWatch captures_;
  Discovery discovery_;
  WorkerThreads workers_;
  ControlContext context_;
  JobHandlers job_handlers_;
  QueryHandlers query_handlers_;
  std::list<std::unique_ptr<Timer>> delayed_;
  bool stopping_ = false;
  std::vector<std::unique_ptr<Subscription>> subscriptions_;  // last: ended before anything above
};

ControlService::ControlService(EventLoop& loop, Connection& connection, Engine& engine,
                               ControlOptions options)
    : impl_(std::make_unique<Impl>(loop, connection, engine, std::move(options))) {}

ControlService::~ControlService() = default;

Status ControlService::Start() { return impl_->Start(); }

void ControlService::Stop(std::chrono::milliseconds grace,
                          std::function<void(bool all_ended)> done) {
  impl_->Stop(grace, std::move(done));
}

const std::string& ControlService::id() const { return impl_->id(); }

}  // namespace jetkeep

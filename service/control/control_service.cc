#include "service/control/control_service.h"

#include <algorithm>
#include <array>
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

// Jobs live in the instance that took them, so these ask every instance.
bool AsksEveryone(EndpointId endpoint) {
  return endpoint == EndpointId::kStatus || endpoint == EndpointId::kCancel;
}

}  // namespace

class ControlService::Impl {
 public:
  Impl(EventLoop& loop, Connection& connection, Engine& engine, ControlOptions options)
      : options_(std::move(options)),
        loop_(loop),
        connection_(connection),
        subjects_(options_.prefix),
        jobs_(loop, engine, subjects_,
              {options_.max_jobs, options_.max_queued_jobs, options_.max_ended_jobs},
              [this](const auto& subject, const auto& body, const auto& headers) {
                Publish(subject, body, headers);
              }),
        discovery_(
            subjects_, {RandomToken(22), options_.version, options_.metadata}, desk_,
            [this](std::function<void()> task) { loop_.Post(alive_.Guard(std::move(task))); }),
        workers_(kRequestThreads),
        context_{loop_, engine, jobs_, desk_, workers_, alive_, [this] { return MaxBody(); }},
        job_handlers_(context_),
        query_handlers_(context_) {}

  Status Start() {
    JETKEEP_TRY(CheckPrefix(options_.prefix));
    for (std::size_t i = 0; i < kEndpoints.size(); ++i) {
      const auto endpoint = static_cast<EndpointId>(i);
      JETKEEP_TRY(Subscribe(endpoint, kQueueGroup));
      if (AsksEveryone(endpoint)) JETKEEP_TRY(Subscribe(endpoint, ""));
    }
    JETKEEP_TRY(discovery_.Subscribe(connection_));
    log::Info("control subjects are served", {{"prefix", options_.prefix},
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
  Status Subscribe(EndpointId endpoint, const std::string& queue_group) {
    JETKEEP_ASSIGN(auto subscription,
                   connection_.Subscribe(
                       subjects_.Request(endpoint), queue_group,
                       [this, endpoint, from_queue_group = !queue_group.empty()](Message message) {
                         Accept(endpoint, from_queue_group, std::move(message));
                       }));
    subscriptions_.push_back(std::move(subscription));
    return {};
  }

  // On the thread of the client library.
  void Accept(EndpointId endpoint, bool from_queue_group, Message message) {
    if (Request request = desk_.Admit(endpoint, from_queue_group, message)) {
      loop_.Post(alive_.Guard([this, request = std::move(request)] { Handle(request); }));
      return;
    }
    const Error error{Errc::kTooManyJobs, "too many requests are waiting",
                      "Ask again in a moment."};
    const Encoding encoding = DetectEncoding(message.data());
    if (!message.Respond(EncodeBody(ErrorAnswer(error), encoding), ErrorHeaders(error))) {
      log::Warn("a request was dropped", {{"subject", message.subject()}});
    }
  }

  void Handle(const Request& request) {
    const Result<Document> body = DecodeBody(request->message.data());
    if (AsksEveryone(request->endpoint)) return HandleForEveryone(request, body);
    if (stopping_)
      return desk_.Refuse(request, {Errc::kShuttingDown, "the service is shutting down", {}});
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

  // Such a request arrives at every instance, and at one of them a second time, through the queue
  // group. Whoever knows the job answers; what nobody else would answer is left to the one of the
  // queue group: bad requests at once, unknown jobs after a delay that lets an instance that knows
  // the job answer first.
  void HandleForEveryone(const Request& request, const Result<Document>& body) {
    const Result<std::string> job = body ? JobOf(request->endpoint, *body) : Fail(body.error());
    if (!job) {
      if (request->from_queue_group) desk_.Refuse(request, job.error());
      return;
    }
    const bool mine = job->empty() || jobs_.Find(*job).has_value();
    if (!request->from_queue_group) {
      if (mine) Dispatch(request, *body);
      return;
    }
    if (mine) return;  // the other copy is answered
    delayed_.emplace_back();
    const auto delayed = std::prev(delayed_.end());
    *delayed = Timer::Once(loop_, options_.not_found_delay,
                           [this, delayed, request, body = *body, id = *job] {
                             const std::unique_ptr<Timer> timer = std::move(*delayed);
                             delayed_.erase(delayed);
                             // Also right if the job has come to be meanwhile.
                             Dispatch(request, body);
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
  EventLoop& loop_;
  Connection& connection_;
  const Subjects subjects_;
  Alive alive_;
  RequestDesk desk_;
  JobManager jobs_;
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

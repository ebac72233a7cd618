#include "service/control/control_service.h"

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "protocol/control/subjects.h"
#include "service/control/control_context.h"
#include "service/control/discovery.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/request_switches.h"
#include "service/control/unknown_job.h"
#include "service/jobs/listener_of_accounts.h"
#include "service/telemetry/log.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

constexpr std::size_t kRequestThreads = 2;
constexpr std::size_t kDefaultMaxPayload = std::size_t{1024} * 1024;  // the servers' default
constexpr std::size_t kRoomForHeaders = 1024;
constexpr std::size_t kInstanceLength = 22;

}  // namespace

class ControlService::Impl {
 public:
  Impl(EventLoop& loop, Connection& connection, const SharedJobs& jobs,
       const ControlOptions& options)
      : options_(options),
        loop_(loop),
        connection_(connection),
        subjects_(options_.prefix),
        desk_(HeadersOfAnswers()),
        events_(
            subjects_,
            [this](const auto& subject, const auto& body, const auto& headers) {
              Publish(subject, body, headers);
            },
            [this] { return MaxBody(); }),
        shared_(jobs),
        listener_(NamesOf(shared_.accounts), events_),
        captures_(loop, connection, options_.streams, subjects_),
        peers_(loop, connection, Identity(), options_.peer_interval),
        discovery_(
            subjects_, Identity(), *options_.clock, desk_,
            [this](std::function<void()> task) { loop_.Post(alive_.Guard(std::move(task))); }),
        delayed_(loop),
        context_{.loop = loop_,
                 .clock = *options_.clock,
                 .subjects = subjects_,
                 .jobs = shared_.manager,
                 .accounts = shared_.accounts,
                 .sees_all = shared_.sees_all,
                 .events = events_,
                 .desk = desk_,
                 .captures = captures_,
                 .peers = peers_,
                 .workers = workers_,
                 .planners = planners_,
                 .stop = stop_,
                 .delayed = delayed_,
                 .not_found_delay = options_.not_found_delay,
                 .alive = alive_,
                 .max_body = [this] { return MaxBody(); }},
        planners_(1, NatsThreadHook()),
        workers_(kRequestThreads, NatsThreadHook()) {
    shared_.manager.AddListener(listener_);
  }

  Status Start() {
    JETKEEP_TRY(CheckPrefix(options_.prefix));
    for (std::size_t i = 0; i < kEndpoints.size(); ++i) {
      JETKEEP_TRY(Subscribe(static_cast<EndpointId>(i)));
    }
    JETKEEP_TRY(SubscribeAddressed());
    JETKEEP_TRY(discovery_.Subscribe(connection_));
    captures_.Start();
    peers_.Start();
    log::Debug("control subjects are subscribed",
               {{"prefix", options_.prefix}, {"instance", discovery_.id()}});
    return {};
  }

  ~Impl() {
    stop_.Cancel();
    shared_.manager.RemoveListener(listener_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void StopTaking() {
    stopping_ = true;
    stop_.Cancel();
    for (const auto& subscription : subscriptions_) {
      if (const Status drained = subscription->Drain(); !drained) {
        log::Debug("a subscription could not be drained", {{"error", drained.error().message}});
      }
    }
  }

  const std::string& id() const { return discovery_.id(); }
  const RequestDesk& desk() const { return desk_; }

 private:
  static std::set<std::string> NamesOf(const ServedAccounts& accounts) {
    std::set<std::string> names;
    for (const ServedAccount& account : accounts.all()) names.insert(account.name);
    return names;
  }

  ServiceIdentity Identity() const {
    return {instance_,
            options_.version,
            {{kPrefixKey, options_.prefix},
             {kRepositoryKey, options_.repository},
             {kAccountKey, options_.account}}};
  }

  Headers HeadersOfAnswers() const {
    Headers headers{{kInstanceHeader, instance_}, {kVersionHeader, options_.version}};
    if (!options_.repository.empty()) headers.emplace_back(kRepositoryHeader, options_.repository);
    headers.emplace_back(kAccountHeader, options_.account);
    return headers;
  }

  // Once for each endpoint: where only `allow_responses` lets us answer, servers count the copies
  // that one connection gets of a request, and allow one answer.
  Status Subscribe(EndpointId endpoint) {
    JETKEEP_ASSIGN(auto subscription,
                   connection_.Subscribe(subjects_.Request(endpoint), QueueGroupOf(endpoint),
                                         [this, endpoint](Message message) {
                                           Accept(endpoint, false, std::move(message));
                                         }));
    subscriptions_.push_back(std::move(subscription));
    return {};
  }

  Status SubscribeAddressed() {
    JETKEEP_ASSIGN(
        auto subscription,
        connection_.Subscribe(subjects_.AllRequestsTo(instance_), "", [this](Message message) {
          const auto endpoint = subjects_.EndpointOf(instance_, message.subject());
          if (!endpoint) return desk_.RefuseUnknown(message);
          Accept(*endpoint, true, std::move(message));
        }));
    subscriptions_.push_back(std::move(subscription));
    return {};
  }

  // On the thread of the client library.
  void Accept(EndpointId endpoint, bool addressed, Message message) {
    if (Request request = desk_.Admit(endpoint, message)) {
      request->addressed = addressed;
      loop_.Post(alive_.Guard([this, request = std::move(request)] { Handle(request); }));
      return;
    }
    desk_.RefuseUnadmitted(message);
  }

  void Handle(const Request& request) {
    const Result<Document> body = RequestDesk::ReadBody(request);
    if (stopping_ && !GoesToEveryInstance(request->endpoint)) {
      return desk_.Refuse(request, {Errc::kShuttingDown, "the service is shutting down", {}, 0});
    }
    if (!body) return desk_.Refuse(request, body.error());
    const Result<std::string> name = ParseAccount(*body);
    if (!name) return desk_.Refuse(request, name.error());
    const auto account = shared_.accounts.Find(*name);
    if (!account) return RefuseAccount(request, account.error());
    request->account = *account;
    request->names_account = !name->empty();
    if (const Status on = CheckSwitchedOn(options_.refuse, request->endpoint, *body); !on) {
      return desk_.Refuse(request, on.error());
    }
    HandlerOf(request->endpoint)(context_, request, *body);
  }

  // Of the instances that all get a request, another one may work for that account.
  void RefuseAccount(const Request& request, const Error& error) {
    if (!GoesToEveryInstance(request->endpoint)) return desk_.Refuse(request, error);
    AfterOtherInstances(context_, request,
                        [this, request, error] { desk_.Disclaim(request, error); });
  }

  void Publish(const std::string& subject, const std::string& body, const Headers& headers) {
    const Status sent = connection_.Publish(subject, body, headers);
    const bool failed_before = std::exchange(events_fail_, !sent);
    // Once: jobs of other accounts go on while this connection is away.
    if (sent || failed_before) return;
    log::Warn(
        "an event could not be published",
        {{"account", options_.account}, {"subject", subject}, {"error", sent.error().message}});
  }

  std::size_t MaxBody() const {
    const std::size_t max_payload = connection_.KnownMaxPayload();
    const std::size_t room = max_payload == 0 ? kDefaultMaxPayload : max_payload;
    return room > 2 * kRoomForHeaders ? room - kRoomForHeaders : room / 2;
  }

  const ControlOptions options_;
  const std::string instance_ = RandomToken(kInstanceLength);
  EventLoop& loop_;
  Connection& connection_;
  const Subjects subjects_;
  Alive alive_;
  RequestDesk desk_;
  EventPublisher events_;
  const SharedJobs shared_;
  ListenerOfAccounts listener_;
  CaptureWatch captures_;
  PeerWatch peers_;
  Discovery discovery_;
  DelayedTasks delayed_;
  ControlContext context_;
  bool stopping_ = false;
  bool events_fail_ = false;  // the last one could not be published
  CancelToken stop_;
  ThreadPool planners_;                                       // joined before anything above goes
  ThreadPool workers_;                                        // the same
  std::vector<std::unique_ptr<Subscription>> subscriptions_;  // last: no request comes any more
};

ControlService::ControlService(EventLoop& loop, Connection& connection, const SharedJobs& jobs,
                               const ControlOptions& options)
    : impl_(std::make_unique<Impl>(loop, connection, jobs, options)) {}

void ControlService::StopTaking() { impl_->StopTaking(); }

ControlService::~ControlService() = default;

Status ControlService::Start() { return impl_->Start(); }

const std::array<EndpointStatistics, kEndpoints.size()>& ControlService::statistics() const {
  return impl_->desk().statistics();
}

const std::string& ControlService::id() const { return impl_->id(); }

}  // namespace jetkeep

#include "service/control/discovery.h"

#include <string>
#include <utility>

#include "protocol/control/body.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

std::vector<ServiceEndpoint> AllEndpoints(const Subjects& subjects) {
  std::vector<ServiceEndpoint> endpoints;
  for (std::size_t i = 0; i < kEndpoints.size(); ++i) {
    const auto id = static_cast<EndpointId>(i);
    const std::string name(kEndpoints[i].name);
    endpoints.push_back({name,
                         subjects.Request(id),
                         QueueGroupOf(id),
                         {{"encodings", "json, msgpack"},
                          {"request_schema", "io.jetkeep.api.v1." + name + "_request"},
                          {"response_schema", "io.jetkeep.api.v1." + name + "_response"}}});
  }
  return endpoints;
}

}  // namespace

Discovery::Discovery(const Subjects& subjects, ServiceIdentity identity, const WallClock& clock,
                     const RequestDesk& desk, std::function<void(std::function<void()>)> post)
    : identity_(std::move(identity)),
      endpoints_(AllEndpoints(subjects)),
      desk_(desk),
      post_(std::move(post)),
      started_ns_(clock.Now()) {}

Document Discovery::StatsBody() const {
  return ServiceStats(identity_, endpoints_, desk_.statistics(), started_ns_);
}

Status Discovery::Subscribe(Connection& connection) {
  using MakeBody = std::function<Document()>;
  const std::pair<std::string, MakeBody> verbs[] = {
      {"$SRV.PING", [this] { return ServicePing(identity_); }},
      {"$SRV.INFO", [this] { return ServiceInfo(identity_, endpoints_); }},
      {"$SRV.STATS", [this] { return StatsBody(); }}};
  for (const auto& [verb, make] : verbs) {
    const std::string by_name = verb + "." + kServiceName;
    for (const std::string& subject : {verb, by_name, by_name + "." + identity_.id}) {
      auto handler = [this, make = make](const Message& message) {
        // Without the message's body, which may be large and says nothing.
        post_([reply = message.reply_target(), make] {
          const Status sent = reply.Respond(EncodeBody(make(), Encoding::kJson));
          if (!sent) log::Warn("an answer could not be sent", {{"error", sent.error().message}});
        });
      };
      JETKEEP_ASSIGN(auto subscription, connection.Subscribe(subject, "", std::move(handler)));
      subscriptions_.push_back(std::move(subscription));
    }
  }
  return {};
}

void Discovery::Drain() { subscriptions_.clear(); }

}  // namespace jetkeep

#include "protocol/control/service_api.h"

#include "protocol/base/time.h"

namespace jetkeep {
namespace {

Document Begin(const ServiceIdentity& identity, const char* type) {
  return {{"name", kServiceName},
          {"id", identity.id},
          {"version", identity.version},
          {"metadata", identity.metadata},
          {"type", type}};
}

}  // namespace

Document ServicePing(const ServiceIdentity& identity) {
  return Begin(identity, "io.nats.micro.v1.ping_response");
}

Document ServiceInfo(const ServiceIdentity& identity, std::span<const ServiceEndpoint> endpoints) {
  Document document = Begin(identity, "io.nats.micro.v1.info_response");
  document["description"] = "Backup and restore of JetStream streams";
  Document list = Document::array();
  for (const ServiceEndpoint& endpoint : endpoints) {
    list.push_back({{"name", endpoint.name},
                    {"subject", endpoint.subject},
                    {"queue_group", endpoint.queue_group},
                    {"metadata", endpoint.metadata}});
  }
  document["endpoints"] = std::move(list);
  return document;
}

Document ServiceStats(const ServiceIdentity& identity, std::span<const ServiceEndpoint> endpoints,
                      std::span<const EndpointStatistics> statistics, std::int64_t started_ns) {
  Document document = Begin(identity, "io.nats.micro.v1.stats_response");
  document["started"] = FormatTime(started_ns);
  Document list = Document::array();
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const EndpointStatistics& counts = statistics[i];
    const std::int64_t average =
        counts.requests == 0 ? 0
                             : counts.processing_ns / static_cast<std::int64_t>(counts.requests);
    list.push_back({{"name", endpoints[i].name},
                    {"subject", endpoints[i].subject},
                    {"queue_group", endpoints[i].queue_group},
                    {"num_requests", counts.requests},
                    {"num_errors", counts.errors},
                    {"last_error", counts.last_error},
                    {"processing_time", counts.processing_ns},
                    {"average_processing_time", average}});
  }
  document["endpoints"] = std::move(list);
  return document;
}

}  // namespace jetkeep

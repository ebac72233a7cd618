// The bodies of the NATS service API (ADR-32): what `nats service ls|info|stats` read. Always JSON.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "protocol/control/document.h"
#include "protocol/control/subjects.h"

namespace jetkeep {

inline constexpr const char* kServiceName = "jetkeep";
inline constexpr const char* kQueueGroup = "jetkeep";
// Empty: none.
inline const char* QueueGroupOf(EndpointId endpoint) {
  return GoesToEveryInstance(endpoint) ? "" : kQueueGroup;
}

// What Jetkeep says of an instance in its metadata.
inline constexpr const char* kPrefixKey = "prefix";          // of its subjects; may be empty
inline constexpr const char* kRepositoryKey = "repository";  // the repository's id
inline constexpr const char* kAccountKey = "account";        // the configured connection's name

struct ServiceIdentity {
  std::string id;       // unique for each instance
  std::string version;  // SemVer
  std::map<std::string, std::string> metadata;
};

struct ServiceEndpoint {
  std::string name;
  std::string subject;
  std::string queue_group;
  std::map<std::string, std::string> metadata;
};

struct EndpointStatistics {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::string last_error;          // "<code>:<description>", empty: none yet
  std::int64_t processing_ns = 0;  // from a request's arrival to its answer, of all requests
};

Document ServicePing(const ServiceIdentity& identity);
Document ServiceInfo(const ServiceIdentity& identity, std::span<const ServiceEndpoint> endpoints);
// REQUIRES: as many statistics as endpoints, in the same order.
Document ServiceStats(const ServiceIdentity& identity, std::span<const ServiceEndpoint> endpoints,
                      std::span<const EndpointStatistics> statistics, std::int64_t started_ns);

}  // namespace jetkeep

// The subjects of SUBJECTS.md, with a prefix or without.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/job.h"

namespace jetkeep {

enum class EndpointScope : std::uint8_t { kOneInstance, kEveryInstance };

// One request that Jetkeep takes; see endpoints.def.
struct EndpointName {
  std::string_view name;     // as `nats service` shows it, and of its schemas: "backup_request"
  std::string_view subject;  // without a prefix: "backup.request"
  EndpointScope scope = EndpointScope::kOneInstance;
};
enum class EndpointId : std::uint8_t {
#define JETKEEP_ENDPOINT(id, name, subject, scope) k##id,
#include "protocol/control/endpoints.def"
#undef JETKEEP_ENDPOINT
};
inline constexpr std::array kEndpoints = {
#define JETKEEP_ENDPOINT(id, name, subject, scope) \
  EndpointName{name, subject, EndpointScope::scope},
#include "protocol/control/endpoints.def"
#undef JETKEEP_ENDPOINT
};

inline bool GoesToEveryInstance(EndpointId endpoint) {
  return kEndpoints[static_cast<std::size_t>(endpoint)].scope == EndpointScope::kEveryInstance;
}

// Empty, or subject tokens with dots between them, without wildcards and not starting with '$';
// else kConfigInvalid.
Status CheckPrefix(std::string_view prefix);

class Subjects {
 public:
  // REQUIRES: CheckPrefix(prefix).
  explicit Subjects(std::string_view prefix = {});

  std::string Request(EndpointId endpoint) const;
  // The same request to one instance alone: "backup.instance.<instance>.backup.list".
  std::string RequestTo(std::string_view instance, EndpointId endpoint) const;
  // What an instance subscribes for all of those.
  std::string AllRequestsTo(std::string_view instance) const;
  // Which endpoint such a subject means; none: no endpoint has that name.
  std::optional<EndpointId> EndpointOf(std::string_view instance, std::string_view subject) const;
  // REQUIRES: stream and job are checked names.
  std::string Event(JobKind work, EventKind kind, std::string_view stream,
                    std::string_view job) const;
  // Patterns of all that Jetkeep takes or publishes: requests to any instance or to one, events.
  std::vector<std::string> All() const;
  // What a client subscribes to see all events of a job.
  std::string EventsOf(JobKind work, std::string_view stream, std::string_view job) const;

 private:
  std::string prefix_;  // empty, or with a dot at its end
};

}  // namespace jetkeep

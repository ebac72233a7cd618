// Kubernetes resources of NACK, the NATS controllers: `Stream`, `KeyValue`, `ObjectStore` and
// `Consumer` of jetstream.nats.io/v1beta2, from configurations as servers write them. Source:
// NACK's resource definitions. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

struct NackResource {
  std::string kind;
  std::string yaml;  // one document
  // Fields of the configuration that say something and for which the resource has no place.
  std::vector<std::string> left_out;
};

// `name`: of the resource, as NackNameOf makes one. A bucket that mirrors or sources, or has other
// values than each has where its resource has no place for them, is a Stream.
// kInvalidRequest: not a configuration.
Result<NackResource> NackStream(std::string_view config_json, std::string_view name);
Result<NackResource> NackConsumer(std::string_view stream, std::string_view consumer,
                                  std::string_view config_json, std::string_view name);

// The text as Kubernetes names things: lower case, digits and '-', at most 63 bytes. Different
// texts may give the same name.
std::string NackNameOf(std::string_view text);

// "90s", "24h", "1500ms": as Go reads durations.
std::string GoDuration(std::uint64_t nanoseconds);

}  // namespace jetkeep

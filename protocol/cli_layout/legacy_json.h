// Files of `nats backup` before 2022: the configuration of a stream or a consumer alone.
//
//   {"type":"stream","time":"…","configuration":"<base64 of JSON>","checksum":"<SHA-256, hex>"}
//
// The checksum is of the decoded configuration. That of a consumer is
// {"name":…,"stream":…,"config":{…}}. Source: the source of the older command line; no such program
// could be run. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

struct LegacyConfig {
  enum class Type : std::uint8_t { kStream, kConsumer, kStreamTemplate };
  Type type = Type::kStream;
  std::int64_t time_ns = 0;  // when the file was written; 0: it does not say
  std::string stream;        // of a template: its name
  std::string consumer;      // of a consumer
  std::string config_json;   // compact
};

// kArchiveCorrupt: it is no such file, or its checksum is wrong.
Result<LegacyConfig> ParseLegacyConfig(std::string_view text);

}  // namespace jetkeep

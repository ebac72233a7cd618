#include "protocol/cli_layout/legacy_json.h"

#include <utility>

#include "protocol/base/time.h"
#include "protocol/codec/base64.h"
#include "protocol/codec/digest.h"
#include "protocol/json/json_layout.h"
#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

struct Envelope {
  std::string type;
  std::int64_t time_ns = 0;
  std::string configuration;
  std::string checksum;
};

Status ReadEnvelope(std::string_view text, Envelope& envelope) {
  JETKEEP_TRY(ForEachMember(text, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "type") {
      JETKEEP_ASSIGN(envelope.type, RawString(value));
    } else if (key == "time") {
      JETKEEP_ASSIGN(const std::string time, RawString(value));
      JETKEEP_ASSIGN(envelope.time_ns, ParseTime(time));
    } else if (key == "configuration") {
      JETKEEP_ASSIGN(const std::string base64, RawString(value));
      JETKEEP_ASSIGN(envelope.configuration, DecodeBase64(base64));
    } else if (key == "checksum") {
      JETKEEP_ASSIGN(envelope.checksum, RawString(value));
    }
    return {};
  }));
  if (envelope.configuration.empty()) {
    return Fail(Errc::kInvalidRequest, "\"configuration\" is missing");
  }
  if (ToHex(Sha256(envelope.configuration)) != envelope.checksum) {
    return Fail(Errc::kInvalidRequest, "the checksum of the configuration is wrong");
  }
  return {};
}

Status ReadStream(std::string_view configuration, LegacyConfig& config) {
  JETKEEP_ASSIGN(const std::string_view name, RawMember(configuration, "name"));
  JETKEEP_ASSIGN(config.stream, RawString(name));
  config.config_json = CompactJson(configuration);
  return {};
}

Status ReadConsumer(std::string_view configuration, LegacyConfig& config) {
  JETKEEP_ASSIGN(const std::string_view name, RawMember(configuration, "name"));
  JETKEEP_ASSIGN(config.consumer, RawString(name));
  JETKEEP_ASSIGN(const std::string_view stream, RawMember(configuration, "stream"));
  JETKEEP_ASSIGN(config.stream, RawString(stream));
  JETKEEP_ASSIGN(const std::string_view inner, RawMember(configuration, "config"));
  JETKEEP_TRY(RequireObject(inner));
  config.config_json = CompactJson(inner);
  return {};
}

Status Read(std::string_view text, LegacyConfig& config) {
  Envelope envelope;
  JETKEEP_TRY(ReadEnvelope(text, envelope));
  config.time_ns = envelope.time_ns;
  if (envelope.type == "consumer") {
    config.type = LegacyConfig::Type::kConsumer;
    return ReadConsumer(envelope.configuration, config);
  }
  if (envelope.type != "stream" && envelope.type != "stream_template") {
    return Fail(Errc::kInvalidRequest, "nothing is known of the type \"" + envelope.type + "\"");
  }
  if (envelope.type == "stream_template") config.type = LegacyConfig::Type::kStreamTemplate;
  return ReadStream(envelope.configuration, config);
}

}  // namespace

Result<LegacyConfig> ParseLegacyConfig(std::string_view text) {
  LegacyConfig config;
  Status read = Read(text, config);
  if (!read) return Fail(Errc::kArchiveCorrupt, std::move(read).error().message);
  return config;
}

}  // namespace jetkeep

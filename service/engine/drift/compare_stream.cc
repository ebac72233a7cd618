#include "service/engine/drift/compare_stream.h"

#include <map>
#include <string_view>
#include <utility>

#include "protocol/base/time.h"
#include "protocol/js_config/config_compare.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/restore_token.h"

namespace jetkeep {
namespace {

// value_json: of pause_until; empty: none is set.
bool PausesNobody(std::string_view value_json, std::int64_t now_ns) {
  if (value_json.size() < 2) return true;
  const auto until = ParseTime(value_json.substr(1, value_json.size() - 2));
  return until && *until <= now_ns;
}

void AddFields(const std::string& stream, const std::string& consumer,
               ConfigDifferences differences, std::int64_t now_ns, std::vector<Drift>& drifts) {
  for (ConfigDifference& difference : differences.not_as_asked) {
    // They were found by their names. Servers keep that of a consumer without a durable name in
    // their files, and leave it out of their answers.
    if (!consumer.empty() && difference.path == "name") continue;
    if (difference.path == "pause_until" && PausesNobody(difference.asked_json, now_ns) &&
        PausesNobody(difference.found_json, now_ns)) {
      continue;
    }
    drifts.push_back({DriftKind::kFieldDiffers, stream, consumer, std::move(difference.path),
                      std::move(difference.asked_json), std::move(difference.found_json)});
  }
}

bool IsDurable(const std::string& config_json) { return ReadConsumerConfig(config_json).durable; }

}  // namespace

StreamConfigs ConfigsOf(const Manifest& manifest) {
  StreamConfigs kept;
  kept.config_json = manifest.config_json;
  for (const ConsumerBackup& consumer : manifest.consumers) {
    kept.consumers.push_back({consumer.name, consumer.config_json});
  }
  return kept;
}

StreamConfigs ConfigsOf(const StreamInfo& stream, const std::vector<ConsumerInfo>& consumers) {
  StreamConfigs found;
  found.config_json = stream.config_json;
  for (const ConsumerInfo& consumer : consumers) {
    found.consumers.push_back({consumer.name, consumer.config_json});
  }
  return found;
}

std::size_t BytesOf(const Drift& drift) {
  return sizeof(Drift) + drift.stream.size() + drift.consumer.size() + drift.field.size() +
         drift.kept_json.size() + drift.found_json.size();
}

std::vector<Drift> CompareStream(const std::string& stream, const StreamConfigs& kept,
                                 const StreamConfigs& found, std::int64_t now_ns) {
  std::vector<Drift> drifts;
  const LeftOut left_out = kept.whole ? LeftOut::kNotSet : LeftOut::kServersChoice;
  AddFields(stream, {},
            CompareConfigs(ConfigOf::kStream, WithoutRestoreToken(kept.config_json),
                           WithoutRestoreToken(found.config_json), left_out),
            now_ns, drifts);
  struct Pair {
    const std::string* kept = nullptr;
    const std::string* found = nullptr;
  };
  std::map<std::string, Pair> consumers;
  for (const ConsumerConfig& one : kept.consumers) consumers[one.name].kept = &one.config_json;
  for (const ConsumerConfig& one : found.consumers) consumers[one.name].found = &one.config_json;
  for (const auto& [name, pair] : consumers) {
    if (pair.kept != nullptr && pair.found != nullptr) {
      AddFields(stream, name,
                CompareConfigs(ConfigOf::kConsumer, *pair.kept, *pair.found, left_out), now_ns,
                drifts);
    } else if (pair.kept != nullptr && IsDurable(*pair.kept)) {
      drifts.push_back({DriftKind::kConsumerMissing, stream, name});
    } else if (pair.found != nullptr && IsDurable(*pair.found)) {
      drifts.push_back({DriftKind::kConsumerExtra, stream, name});
    }
  }
  return drifts;
}

}  // namespace jetkeep

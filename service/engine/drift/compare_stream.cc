#include "service/engine/drift/compare_stream.h"

#include <map>
#include <utility>

#include "protocol/js_config/config_compare.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/restore_token.h"

namespace jetkeep {
namespace {

void AddFields(const std::string& stream, const std::string& consumer,
               ConfigDifferences differences, std::vector<Drift>& drifts) {
  for (ConfigDifference& difference : differences.not_as_asked) {
    // They were found by their names. Servers keep that of a consumer without a durable name in
    // their files, and leave it out of their answers.
    if (!consumer.empty() && difference.path == "name") continue;
    drifts.push_back({DriftKind::kFieldDiffers, stream, consumer, std::move(difference.path),
                      std::move(difference.asked_json), std::move(difference.found_json)});
  }
}

bool IsDurable(const std::string& config_json) { return ReadConsumerConfig(config_json).durable; }

}  // namespace

std::vector<Drift> CompareStream(const std::string& stream, const StreamConfigs& kept,
                                 const StreamConfigs& found) {
  std::vector<Drift> drifts;
  AddFields(stream, {},
            CompareConfigs(ConfigOf::kStream, WithoutRestoreToken(kept.config_json),
                           WithoutRestoreToken(found.config_json)),
            drifts);
  struct Pair {
    const std::string* kept = nullptr;
    const std::string* found = nullptr;
  };
  std::map<std::string, Pair> consumers;
  for (const ConsumerConfig& one : kept.consumers) consumers[one.name].kept = &one.config_json;
  for (const ConsumerConfig& one : found.consumers) consumers[one.name].found = &one.config_json;
  for (const auto& [name, pair] : consumers) {
    if (pair.kept != nullptr && pair.found != nullptr) {
      AddFields(stream, name, CompareConfigs(ConfigOf::kConsumer, *pair.kept, *pair.found), drifts);
    } else if (pair.kept != nullptr && IsDurable(*pair.kept)) {
      drifts.push_back({DriftKind::kConsumerMissing, stream, name});
    } else if (pair.found != nullptr && IsDurable(*pair.found)) {
      drifts.push_back({DriftKind::kConsumerExtra, stream, name});
    }
  }
  return drifts;
}

}  // namespace jetkeep

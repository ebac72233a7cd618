#include "protocol/js_config/stream_config.h"

#include <optional>

#include "protocol/js_api/raw_json.h"

namespace jetkeep {

Result<StreamConfigFacts> ReadStreamConfig(std::string_view config_json) {
  StreamConfigFacts facts;
  JETKEEP_TRY(
      ForEachMember(config_json, [&](std::string_view key, std::string_view value) -> Status {
        if (key == "name") {
          JETKEEP_ASSIGN(facts.name, RawString(value));
        } else if (key == "storage") {
          JETKEEP_ASSIGN(const std::string storage, RawString(value));
          facts.in_memory = storage == "memory";
        } else if (key == "retention") {
          JETKEEP_ASSIGN(const std::string retention, RawString(value));
          facts.removes_on_ack = retention == "workqueue" || retention == "interest";
        } else if (key == "num_replicas") {
          JETKEEP_ASSIGN(facts.replicas, RawUnsigned(value));
        } else if (key == "max_age") {
          JETKEEP_ASSIGN(facts.max_age_ns, RawUnsigned(value));
        } else if (key == "max_msgs_per_subject" && !value.starts_with('-')) {
          JETKEEP_ASSIGN(facts.max_per_subject, RawUnsigned(value));
        } else if (key == "allow_rollup_hdrs") {
          JETKEEP_ASSIGN(facts.allow_rollup, RawBool(value));
        } else if (key == "first_seq") {
          JETKEEP_ASSIGN(facts.first_sequence, RawUnsigned(value));
        } else if (key == "duplicate_window") {
          JETKEEP_ASSIGN(facts.duplicate_window_ns, RawUnsigned(value));
        }
        return {};
      }));
  return facts;
}

}  // namespace jetkeep

#include "protocol/js_config/consumer_config.h"

#include "protocol/js_api/raw_json.h"

namespace jetkeep {

ConsumerConfigFacts ReadConsumerConfig(std::string_view config_json) {
  ConsumerConfigFacts facts;
  const Status read =
      ForEachMember(config_json, [&](std::string_view key, std::string_view value) -> Status {
        if (key == "durable_name") {
          JETKEEP_ASSIGN(const std::string name, RawString(value));
          facts.durable = !name.empty();
        } else if (key == "mem_storage") {
          JETKEEP_ASSIGN(facts.in_memory, RawBool(value));
        } else if (key == "opt_start_seq") {
          JETKEEP_ASSIGN(facts.start_sequence, RawUnsigned(value));
        } else if (key == "inactive_threshold") {
          JETKEEP_ASSIGN(const std::uint64_t threshold_ns, RawUnsigned(value));
          facts.expires = threshold_ns > 0;
        } else if (key == "filter_subject" || key == "filter_subjects") {
          facts.selects |= value != "\"\"" && value != "[]" && value != "null";
        } else if (key == "deliver_policy") {
          facts.selects |= value == "\"last_per_subject\"";
        }
        return {};
      });
  if (!read) return {.durable = true};
  return facts;
}

Result<std::string> StartAbove(std::string_view config_json, std::uint64_t ack_floor_sequence) {
  std::string edited = "{";
  JETKEEP_TRY(
      ForEachMember(config_json, [&](std::string_view key, std::string_view value) -> Status {
        if (key == "deliver_policy" || key == "opt_start_seq" || key == "opt_start_time") return {};
        edited.append(QuoteJson(key)).append(":").append(value).append(",");
        return {};
      }));
  edited += R"("deliver_policy":"by_start_sequence","opt_start_seq":)" +
            std::to_string(ack_floor_sequence + 1) + "}";
  return edited;
}

}  // namespace jetkeep

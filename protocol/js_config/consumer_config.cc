#include "protocol/js_config/consumer_config.h"

#include <algorithm>

#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"

namespace jetkeep {

namespace {

Status ReadText(std::string& field, std::string_view value) {
  if (value == "null") return {};
  JETKEEP_ASSIGN(field, RawString(value));
  return {};
}

Status AddFilter(ConsumerConfigFacts& facts, std::string_view value) {
  std::string filter;
  JETKEEP_TRY(ReadText(filter, value));
  if (!filter.empty()) facts.filters.push_back(std::move(filter));
  return {};
}

Status ReadRule(ConsumerConfigFacts& facts, std::string_view key, std::string_view value) {
  if (key == "deliver_subject") return ReadText(facts.deliver_subject, value);
  if (key == "deliver_policy") return ReadText(facts.deliver_policy, value);
  if (key == "ack_policy") return ReadText(facts.ack_policy, value);
  if (key == "priority_policy") return ReadText(facts.priority_policy, value);
  if (key == "priority_groups") {
    JETKEEP_ASSIGN(facts.priority_groups, RawStrings(value));
  } else if (key == "priority_timeout") {
    JETKEEP_ASSIGN(facts.priority_timeout_ns, RawSigned(value));
  } else if (key == "max_deliver") {
    JETKEEP_ASSIGN(facts.max_deliver, RawSigned(value));
  } else if (key == "backoff") {
    return ForEachElement(value, [&](std::string_view step) -> Status {
      ++facts.backoff_steps;
      facts.negative_waits |= step.starts_with('-');
      return {};
    });
  } else if (key == "ack_wait") {
    facts.negative_waits |= value.starts_with('-');
  } else if (key == "direct" || key == "sourcing") {
    JETKEEP_ASSIGN(const bool of_a_stream, RawBool(value));
    facts.feeds_stream |= of_a_stream;
  } else if (key == "max_ack_pending") {
    JETKEEP_ASSIGN(facts.max_ack_pending, RawSigned(value));
  } else if (key == "num_replicas") {
    JETKEEP_ASSIGN(facts.replicas, RawUnsigned(value));
  }
  return {};
}

}  // namespace

ConsumerConfigFacts ReadConsumerConfig(std::string_view config_json) {
  ConsumerConfigFacts facts;
  const Status read =
      ForEachMember(config_json, [&](std::string_view key, std::string_view value) -> Status {
        if (key == "durable_name") {
          JETKEEP_ASSIGN(const std::string name, RawString(value));
          facts.durable = !name.empty();
        } else if (key == "name") {
          JETKEEP_ASSIGN(const std::string name, RawString(value));
          facts.named = !name.empty();
        } else if (key == "mem_storage") {
          JETKEEP_ASSIGN(facts.in_memory, RawBool(value));
        } else if (key == "opt_start_seq") {
          JETKEEP_ASSIGN(facts.start_sequence, RawUnsigned(value));
        } else if (key == "inactive_threshold") {
          JETKEEP_ASSIGN(const std::int64_t threshold, RawSigned(value));
          // Below zero servers take it for none.
          facts.inactive_threshold_ns =
              static_cast<std::uint64_t>(std::max<std::int64_t>(threshold, 0));
          facts.expires = threshold > 0;
        } else if (key == "filter_subject") {
          return AddFilter(facts, value);
        } else if (key == "filter_subjects") {
          return ForEachElement(
              value, [&](std::string_view filter) -> Status { return AddFilter(facts, filter); });
        } else {
          return ReadRule(facts, key, value);
        }
        return {};
      });
  if (!read) {
    ConsumerConfigFacts strictest;
    strictest.durable = true;
    return strictest;
  }
  facts.selects = !facts.filters.empty() || facts.deliver_policy == "last_per_subject";
  return facts;
}

namespace {

Result<RawObject> ParseWithoutStart(std::string_view config_json) {
  JETKEEP_ASSIGN(RawObject config, RawObject::Parse(config_json));
  for (const char* key : {"deliver_policy", "opt_start_seq", "opt_start_time"}) config.Remove(key);
  return config;
}

}  // namespace

Result<std::string> StartAbove(std::string_view config_json, std::uint64_t ack_floor_sequence) {
  JETKEEP_ASSIGN(RawObject config, ParseWithoutStart(config_json));
  config.Set("deliver_policy", R"("by_start_sequence")");
  config.Set("opt_start_seq", std::to_string(ack_floor_sequence + 1));
  return config.Text();
}

std::string WithoutStart(std::string_view config_json) {
  const auto config = ParseWithoutStart(config_json);
  return config ? config->Text() : std::string(config_json);
}

}  // namespace jetkeep

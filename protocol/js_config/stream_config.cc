#include "protocol/js_config/stream_config.h"

#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

// A limit or a duration; below zero servers take it for none.
Status ReadUnlessNegative(std::uint64_t& field, std::string_view value) {
  if (value.starts_with('-')) return {};
  JETKEEP_ASSIGN(field, RawUnsigned(value));
  return {};
}

Status AddOrigin(StreamConfigFacts& facts, std::string_view json, bool mirrored) {
  if (json == "null") return {};
  StreamOrigin origin;
  origin.mirrored = mirrored;
  JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "name") {
      JETKEEP_ASSIGN(origin.name, RawString(value));
    } else if (key == "external") {
      origin.external = value != "null";
    }
    return {};
  }));
  facts.origins.push_back(std::move(origin));
  return {};
}

Status ReadConsumerLimits(StreamConfigFacts& facts, std::string_view json) {
  if (json == "null") return {};
  return ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "max_ack_pending") {
      return ReadUnlessNegative(facts.consumer_max_ack_pending, value);
    }
    if (key == "inactive_threshold") {
      return ReadUnlessNegative(facts.consumer_inactive_threshold_ns, value);
    }
    return {};
  });
}

Status ReadLimit(StreamConfigFacts& facts, std::string_view key, std::string_view value) {
  if (key == "max_msgs") {
    JETKEEP_ASSIGN(facts.max_messages, RawSigned(value));
  } else if (key == "max_bytes") {
    JETKEEP_ASSIGN(facts.max_bytes, RawSigned(value));
  } else if (key == "max_consumers") {
    JETKEEP_ASSIGN(facts.max_consumers, RawSigned(value));
  } else if (key == "max_msg_size") {
    JETKEEP_ASSIGN(facts.max_message_size, RawSigned(value));
  } else if (key == "allow_msg_ttl") {
    JETKEEP_ASSIGN(facts.message_ttl, RawBool(value));
  } else if (key == "allow_msg_schedules") {
    JETKEEP_ASSIGN(facts.message_schedules, RawBool(value));
  } else if (key == "allow_atomic") {
    JETKEEP_ASSIGN(facts.atomic_batches, RawBool(value));
  } else if (key == "allow_msg_counter") {
    JETKEEP_ASSIGN(facts.counts, RawBool(value));
  } else if (key == "consumer_limits") {
    return ReadConsumerLimits(facts, value);
  }
  return {};
}

}  // namespace

Result<StreamConfigFacts> ReadStreamConfig(std::string_view config_json) {
  StreamConfigFacts facts;
  JETKEEP_TRY(
      ForEachMember(config_json, [&](std::string_view key, std::string_view value) -> Status {
        if (key == "name") {
          JETKEEP_ASSIGN(facts.name, RawString(value));
        } else if (key == "subjects") {
          JETKEEP_ASSIGN(facts.subjects, RawStrings(value));
        } else if (key == "storage") {
          JETKEEP_ASSIGN(const std::string storage, RawString(value));
          facts.in_memory = storage == "memory";
        } else if (key == "retention") {
          JETKEEP_ASSIGN(const std::string retention, RawString(value));
          facts.work_queue = retention == "workqueue";
          facts.removes_on_ack = facts.work_queue || retention == "interest";
        } else if (key == "num_replicas") {
          JETKEEP_ASSIGN(facts.replicas, RawUnsigned(value));
        } else if (key == "max_age") {
          return ReadUnlessNegative(facts.max_age_ns, value);
        } else if (key == "max_msgs_per_subject") {
          return ReadUnlessNegative(facts.max_per_subject, value);
        } else if (key == "discard") {
          JETKEEP_ASSIGN(const std::string discard, RawString(value));
          facts.discards_new = discard == "new";
        } else if (key == "no_ack") {
          JETKEEP_ASSIGN(facts.no_ack, RawBool(value));
        } else if (key == "allow_rollup_hdrs") {
          JETKEEP_ASSIGN(facts.allow_rollup, RawBool(value));
        } else if (key == "first_seq") {
          JETKEEP_ASSIGN(facts.first_sequence, RawUnsigned(value));
        } else if (key == "duplicate_window") {
          return ReadUnlessNegative(facts.duplicate_window_ns, value);
        } else if (key == "mirror") {
          return AddOrigin(facts, value, /*mirrored=*/true);
        } else if (key == "sources") {
          return ForEachElement(value, [&](std::string_view source) -> Status {
            return AddOrigin(facts, source, /*mirrored=*/false);
          });
        } else {
          return ReadLimit(facts, key, value);
        }
        return {};
      }));
  return facts;
}

Status CheckNames(const StreamConfigFacts& config, std::string_view stream) {
  if (config.name == stream) return {};
  return Fail(Errc::kInvalidRequest, "the configuration for stream " + std::string(stream) +
                                         " is that of stream " + config.name);
}

}  // namespace jetkeep

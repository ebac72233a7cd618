#include "protocol/js_config/config_table.h"

#include <algorithm>
#include <array>

namespace jetkeep {
namespace {

constexpr ServerVersion k2_9{2, 9, 0};  // or earlier
constexpr ServerVersion k2_10{2, 10, 0};
constexpr ServerVersion k2_11{2, 11, 0};
constexpr ServerVersion k2_12{2, 12, 0};
constexpr ServerVersion k2_14{2, 14, 0};

constexpr std::array kStreamFields{
    ConfigField{.path = "name", .since = k2_9},
    ConfigField{.path = "description", .since = k2_9},
    ConfigField{.path = "subjects", .since = k2_9, .filled_in = true},
    ConfigField{.path = "retention", .since = k2_9, .same_as_absent = R"("limits")"},
    ConfigField{.path = "max_consumers", .since = k2_9, .same_as_absent = "-1"},
    ConfigField{.path = "max_msgs", .since = k2_9, .same_as_absent = "-1"},
    ConfigField{.path = "max_bytes", .since = k2_9, .same_as_absent = "-1"},
    ConfigField{.path = "max_age", .since = k2_9},
    ConfigField{.path = "max_msgs_per_subject", .since = k2_9, .same_as_absent = "-1"},
    ConfigField{.path = "max_msg_size", .since = k2_9, .same_as_absent = "-1"},
    ConfigField{.path = "discard", .since = k2_9, .same_as_absent = R"("old")"},
    ConfigField{.path = "storage", .since = k2_9, .filled_in = true},
    ConfigField{.path = "num_replicas", .since = k2_9, .filled_in = true},
    ConfigField{.path = "no_ack", .since = k2_9},
    ConfigField{.path = "template_owner", .since = k2_9, .until = k2_14},
    ConfigField{.path = "duplicate_window", .since = k2_9, .filled_in = true},
    ConfigField{.path = "placement", .since = k2_9},
    ConfigField{.path = "placement.cluster", .since = k2_9},
    ConfigField{.path = "placement.tags", .since = k2_9},
    ConfigField{.path = "placement.preferred", .since = k2_11},
    ConfigField{.path = "mirror", .since = k2_9},
    ConfigField{.path = "mirror.name", .since = k2_9},
    ConfigField{.path = "mirror.opt_start_seq", .since = k2_9},
    ConfigField{.path = "mirror.opt_start_time", .since = k2_9},
    ConfigField{.path = "mirror.filter_subject", .since = k2_9},
    ConfigField{.path = "mirror.external", .since = k2_9},
    ConfigField{.path = "mirror.external.api", .since = k2_9},
    ConfigField{.path = "mirror.external.deliver", .since = k2_9},
    ConfigField{.path = "mirror.subject_transforms", .since = k2_10},
    ConfigField{.path = "mirror.subject_transforms[].src", .since = k2_10},
    ConfigField{.path = "mirror.subject_transforms[].dest", .since = k2_10},
    ConfigField{.path = "mirror.consumer", .since = k2_14},
    ConfigField{.path = "mirror.consumer.name", .since = k2_14},
    ConfigField{.path = "mirror.consumer.deliver_subject", .since = k2_14},
    ConfigField{.path = "sources", .since = k2_9},
    ConfigField{.path = "sources[].name", .since = k2_9},
    ConfigField{.path = "sources[].opt_start_seq", .since = k2_9},
    ConfigField{.path = "sources[].opt_start_time", .since = k2_9},
    ConfigField{.path = "sources[].filter_subject", .since = k2_9},
    ConfigField{.path = "sources[].external", .since = k2_9},
    ConfigField{.path = "sources[].external.api", .since = k2_9},
    ConfigField{.path = "sources[].external.deliver", .since = k2_9},
    ConfigField{.path = "sources[].subject_transforms", .since = k2_10},
    ConfigField{.path = "sources[].subject_transforms[].src", .since = k2_10},
    ConfigField{.path = "sources[].subject_transforms[].dest", .since = k2_10},
    ConfigField{.path = "sources[].consumer", .since = k2_14},
    ConfigField{.path = "sources[].consumer.name", .since = k2_14},
    ConfigField{.path = "sources[].consumer.deliver_subject", .since = k2_14},
    ConfigField{.path = "republish", .since = k2_9},
    ConfigField{.path = "republish.src", .since = k2_9, .same_as_absent = R"(">")"},
    ConfigField{.path = "republish.dest", .since = k2_9},
    ConfigField{.path = "republish.headers_only", .since = k2_9},
    ConfigField{.path = "allow_direct", .since = k2_9},
    // Follows the origin's allow_direct where the server knows the origin.
    ConfigField{.path = "mirror_direct", .since = k2_9, .filled_in = true},
    ConfigField{.path = "discard_new_per_subject", .since = k2_9},
    ConfigField{.path = "sealed", .since = k2_9},
    ConfigField{.path = "deny_delete", .since = k2_9},
    ConfigField{.path = "deny_purge", .since = k2_9},
    ConfigField{.path = "allow_rollup_hdrs", .since = k2_9},
    ConfigField{.path = "compression", .since = k2_10, .same_as_absent = R"("none")"},
    ConfigField{.path = "first_seq", .since = k2_10},
    ConfigField{.path = "subject_transform", .since = k2_10},
    ConfigField{.path = "subject_transform.src", .since = k2_10, .same_as_absent = R"(">")"},
    ConfigField{.path = "subject_transform.dest", .since = k2_10},
    ConfigField{.path = "consumer_limits", .since = k2_10},
    ConfigField{.path = "consumer_limits.inactive_threshold", .since = k2_10},
    ConfigField{.path = "consumer_limits.max_ack_pending", .since = k2_10},
    ConfigField{.path = "metadata", .since = k2_10},
    ConfigField{.path = "allow_msg_ttl", .since = k2_11},
    ConfigField{.path = "subject_delete_marker_ttl", .since = k2_11},
    ConfigField{.path = "allow_msg_counter", .since = k2_12},
    ConfigField{.path = "allow_atomic", .since = k2_12},
    ConfigField{.path = "allow_msg_schedules", .since = k2_12},
    ConfigField{.path = "persist_mode", .since = k2_12, .same_as_absent = R"("default")"},
    ConfigField{.path = "allow_batched", .since = k2_14},
};

constexpr std::array<ConfigValue, 0> kLateStreamValues{};

constexpr std::array kConsumerFields{
    ConfigField{.path = "durable_name", .since = k2_9},
    ConfigField{.path = "name", .since = k2_9, .filled_in = true},
    ConfigField{.path = "description", .since = k2_9},
    ConfigField{.path = "deliver_policy", .since = k2_9, .same_as_absent = R"("all")"},
    ConfigField{.path = "opt_start_seq", .since = k2_9},
    ConfigField{.path = "opt_start_time", .since = k2_9},
    ConfigField{.path = "ack_policy", .since = k2_9, .same_as_absent = R"("none")"},
    ConfigField{.path = "ack_wait", .since = k2_9, .filled_in = true},
    ConfigField{.path = "max_deliver", .since = k2_9, .same_as_absent = "-1"},
    ConfigField{.path = "backoff", .since = k2_9},
    ConfigField{.path = "filter_subject", .since = k2_9},
    ConfigField{.path = "filter_subjects", .since = k2_10},
    ConfigField{.path = "replay_policy", .since = k2_9, .same_as_absent = R"("instant")"},
    ConfigField{.path = "rate_limit_bps", .since = k2_9},
    ConfigField{.path = "sample_freq", .since = k2_9},
    ConfigField{.path = "max_waiting", .since = k2_9, .filled_in = true},
    ConfigField{.path = "max_ack_pending", .since = k2_9, .filled_in = true},
    ConfigField{.path = "idle_heartbeat", .since = k2_9},
    ConfigField{.path = "flow_control", .since = k2_9},
    ConfigField{.path = "headers_only", .since = k2_9},
    ConfigField{.path = "max_batch", .since = k2_9, .filled_in = true},
    ConfigField{.path = "max_expires", .since = k2_9},
    ConfigField{.path = "max_bytes", .since = k2_9},
    ConfigField{.path = "deliver_subject", .since = k2_9},
    ConfigField{.path = "deliver_group", .since = k2_9},
    ConfigField{.path = "inactive_threshold", .since = k2_9, .filled_in = true},
    ConfigField{.path = "num_replicas", .since = k2_9},
    ConfigField{.path = "mem_storage", .since = k2_9},
    ConfigField{.path = "direct", .since = k2_9},
    ConfigField{.path = "metadata", .since = k2_10},
    ConfigField{.path = "pause_until", .since = k2_11},
    ConfigField{.path = "priority_groups", .since = k2_11},
    ConfigField{.path = "priority_policy", .since = k2_11, .same_as_absent = R"("none")"},
    ConfigField{.path = "priority_timeout", .since = k2_11, .filled_in = true},
    ConfigField{.path = "sourcing", .since = k2_14},
};

constexpr std::array kLateConsumerValues{
    ConfigValue{.path = "ack_policy", .json = R"("flow_control")", .since = k2_14},
    ConfigValue{.path = "priority_policy", .json = R"("prioritized")", .since = k2_12},
};

bool IsBelow(std::string_view path, std::string_view parent) {
  if (path.size() <= parent.size() || path.substr(0, parent.size()) != parent) return false;
  const char next = path[parent.size()];
  return next == '.' || next == '[';
}

}  // namespace

std::span<const ConfigField> FieldsOf(ConfigOf kind) {
  if (kind == ConfigOf::kStream) return kStreamFields;
  return kConsumerFields;
}

std::span<const ConfigValue> LateValuesOf(ConfigOf kind) {
  if (kind == ConfigOf::kStream) return kLateStreamValues;
  return kLateConsumerValues;
}

const ConfigField* FindField(ConfigOf kind, std::string_view path) {
  const auto fields = FieldsOf(kind);
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const ConfigField& field) { return field.path == path; });
  return found == fields.end() ? nullptr : &*found;
}

bool HasFieldsBelow(ConfigOf kind, std::string_view path) {
  const auto fields = FieldsOf(kind);
  return std::any_of(fields.begin(), fields.end(),
                     [&](const ConfigField& field) { return IsBelow(field.path, path); });
}

}  // namespace jetkeep

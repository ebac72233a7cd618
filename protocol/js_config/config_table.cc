#include "protocol/js_config/config_table.h"

#include <algorithm>
#include <array>

namespace jetkeep {
namespace {

constexpr ServerVersion kSince29{2, 9, 0};  // or earlier
constexpr ServerVersion kSince210{2, 10, 0};
constexpr ServerVersion kSince211{2, 11, 0};
constexpr ServerVersion kSince212{2, 12, 0};
constexpr ServerVersion kSince214{2, 14, 0};

constexpr std::array kStreamFields{
    ConfigField{.path = "name", .since = kSince29},
    ConfigField{.path = "description", .since = kSince29},
    ConfigField{.path = "subjects", .since = kSince29, .filled_in = true},
    ConfigField{.path = "retention", .since = kSince29, .same_as_absent = R"("limits")"},
    ConfigField{.path = "max_consumers", .since = kSince29, .negative_is_none = true},
    ConfigField{.path = "max_msgs", .since = kSince29, .negative_is_none = true},
    ConfigField{.path = "max_bytes", .since = kSince29, .negative_is_none = true},
    ConfigField{.path = "max_age", .since = kSince29},
    ConfigField{.path = "max_msgs_per_subject", .since = kSince29, .negative_is_none = true},
    ConfigField{.path = "max_msg_size", .since = kSince29, .negative_is_none = true},
    ConfigField{.path = "discard", .since = kSince29, .same_as_absent = R"("old")"},
    ConfigField{.path = "storage", .since = kSince29, .filled_in = true},
    ConfigField{.path = "num_replicas", .since = kSince29, .filled_in = true},
    ConfigField{.path = "no_ack", .since = kSince29},
    ConfigField{.path = "template_owner", .since = kSince29, .until = kSince214},
    ConfigField{.path = "duplicate_window", .since = kSince29, .filled_in = true},
    ConfigField{.path = "placement", .since = kSince29},
    ConfigField{.path = "placement.cluster", .since = kSince29},
    ConfigField{.path = "placement.tags", .since = kSince29},
    ConfigField{.path = "placement.preferred", .since = kSince211},
    ConfigField{.path = "mirror", .since = kSince29},
    ConfigField{.path = "mirror.name", .since = kSince29},
    ConfigField{.path = "mirror.opt_start_seq", .since = kSince29},
    ConfigField{.path = "mirror.opt_start_time", .since = kSince29},
    ConfigField{.path = "mirror.filter_subject", .since = kSince29},
    ConfigField{.path = "mirror.external", .since = kSince29},
    ConfigField{.path = "mirror.external.api", .since = kSince29},
    ConfigField{.path = "mirror.external.deliver", .since = kSince29},
    ConfigField{.path = "mirror.subject_transforms", .since = kSince210},
    ConfigField{.path = "mirror.subject_transforms[].src", .since = kSince210},
    ConfigField{.path = "mirror.subject_transforms[].dest", .since = kSince210},
    ConfigField{.path = "mirror.consumer", .since = kSince214},
    ConfigField{.path = "mirror.consumer.name", .since = kSince214},
    ConfigField{.path = "mirror.consumer.deliver_subject", .since = kSince214},
    ConfigField{.path = "sources", .since = kSince29},
    ConfigField{.path = "sources[].name", .since = kSince29},
    ConfigField{.path = "sources[].opt_start_seq", .since = kSince29},
    ConfigField{.path = "sources[].opt_start_time", .since = kSince29},
    ConfigField{.path = "sources[].filter_subject", .since = kSince29},
    ConfigField{.path = "sources[].external", .since = kSince29},
    ConfigField{.path = "sources[].external.api", .since = kSince29},
    ConfigField{.path = "sources[].external.deliver", .since = kSince29},
    ConfigField{.path = "sources[].subject_transforms", .since = kSince210},
    ConfigField{.path = "sources[].subject_transforms[].src", .since = kSince210},
    ConfigField{.path = "sources[].subject_transforms[].dest", .since = kSince210},
    ConfigField{.path = "sources[].consumer", .since = kSince214},
    ConfigField{.path = "sources[].consumer.name", .since = kSince214},
    ConfigField{.path = "sources[].consumer.deliver_subject", .since = kSince214},
    ConfigField{.path = "republish", .since = kSince29},
    ConfigField{.path = "republish.src", .since = kSince29, .same_as_absent = R"(">")"},
    ConfigField{.path = "republish.dest", .since = kSince29, .same_as_absent = R"(">")"},
    ConfigField{.path = "republish.headers_only", .since = kSince29},
    ConfigField{.path = "allow_direct", .since = kSince29},
    // The origin's allow_direct, where the server knows the origin.
    ConfigField{.path = "mirror_direct", .since = kSince29, .follows_server = true},
    ConfigField{.path = "discard_new_per_subject", .since = kSince29},
    ConfigField{.path = "sealed", .since = kSince29},
    ConfigField{.path = "deny_delete", .since = kSince29},
    ConfigField{.path = "deny_purge", .since = kSince29},
    ConfigField{.path = "allow_rollup_hdrs", .since = kSince29},
    ConfigField{.path = "compression", .since = kSince210, .same_as_absent = R"("none")"},
    ConfigField{.path = "first_seq", .since = kSince210},
    ConfigField{.path = "subject_transform", .since = kSince210},
    ConfigField{.path = "subject_transform.src", .since = kSince210, .same_as_absent = R"(">")"},
    ConfigField{.path = "subject_transform.dest", .since = kSince210},
    ConfigField{.path = "consumer_limits", .since = kSince210},
    ConfigField{.path = "consumer_limits.inactive_threshold", .since = kSince210},
    ConfigField{.path = "consumer_limits.max_ack_pending", .since = kSince210},
    ConfigField{.path = "metadata", .since = kSince210},
    ConfigField{.path = "allow_msg_ttl", .since = kSince211},
    ConfigField{.path = "subject_delete_marker_ttl", .since = kSince211},
    ConfigField{.path = "allow_msg_counter", .since = kSince212},
    ConfigField{.path = "allow_atomic", .since = kSince212},
    ConfigField{.path = "allow_msg_schedules", .since = kSince212},
    ConfigField{.path = "persist_mode", .since = kSince212, .same_as_absent = R"("default")"},
    ConfigField{.path = "allow_batched", .since = kSince214},
};

constexpr std::array<ConfigValue, 0> kLateStreamValues{};

constexpr std::array kConsumerFields{
    ConfigField{.path = "durable_name", .since = kSince29},
    ConfigField{.path = "name", .since = kSince29, .filled_in = true},
    ConfigField{.path = "description", .since = kSince29},
    ConfigField{.path = "deliver_policy", .since = kSince29, .same_as_absent = R"("all")"},
    ConfigField{.path = "opt_start_seq", .since = kSince29},
    ConfigField{.path = "opt_start_time", .since = kSince29},
    ConfigField{.path = "ack_policy", .since = kSince29, .same_as_absent = R"("none")"},
    ConfigField{.path = "ack_wait", .since = kSince29, .filled_in = true},
    ConfigField{.path = "max_deliver", .since = kSince29, .negative_is_none = true},
    ConfigField{.path = "backoff", .since = kSince29},
    ConfigField{.path = "filter_subject", .since = kSince29},
    ConfigField{.path = "filter_subjects", .since = kSince210},
    ConfigField{.path = "replay_policy", .since = kSince29, .same_as_absent = R"("instant")"},
    ConfigField{.path = "rate_limit_bps", .since = kSince29},
    ConfigField{.path = "sample_freq", .since = kSince29},
    ConfigField{
        .path = "max_waiting", .since = kSince29, .filled_in = true, .negative_is_none = true},
    ConfigField{.path = "max_ack_pending", .since = kSince29, .filled_in = true},
    ConfigField{.path = "idle_heartbeat", .since = kSince29, .negative_is_none = true},
    ConfigField{.path = "flow_control", .since = kSince29},
    ConfigField{.path = "headers_only", .since = kSince29},
    ConfigField{
        .path = "max_batch", .since = kSince29, .filled_in = true, .negative_is_none = true},
    ConfigField{.path = "max_expires", .since = kSince29, .negative_is_none = true},
    ConfigField{.path = "max_bytes", .since = kSince29, .negative_is_none = true},
    ConfigField{.path = "deliver_subject", .since = kSince29},
    ConfigField{.path = "deliver_group", .since = kSince29},
    ConfigField{.path = "inactive_threshold",
                .since = kSince29,
                .filled_in = true,
                .negative_is_none = true},
    ConfigField{.path = "num_replicas", .since = kSince29},
    ConfigField{.path = "mem_storage", .since = kSince29},
    ConfigField{.path = "direct", .since = kSince29},
    ConfigField{.path = "metadata", .since = kSince210},
    ConfigField{.path = "pause_until", .since = kSince211},
    ConfigField{.path = "priority_groups", .since = kSince211},
    ConfigField{.path = "priority_policy", .since = kSince211, .same_as_absent = R"("none")"},
    ConfigField{.path = "priority_timeout",
                .since = kSince211,
                .filled_in = true,
                .negative_is_none = true},
    ConfigField{.path = "sourcing", .since = kSince214},
};

constexpr std::array kLateConsumerValues{
    ConfigValue{.path = "ack_policy", .json = R"("flow_control")", .since = kSince214},
    ConfigValue{.path = "priority_policy", .json = R"("prioritized")", .since = kSince212},
};

struct Words {
  ConfigOf kind;
  std::string_view path;
  std::span<const std::string_view> values;
};

constexpr std::string_view kRetentions[] = {R"("limits")", R"("interest")", R"("workqueue")"};
constexpr std::string_view kDiscards[] = {R"("old")", R"("new")"};
constexpr std::string_view kStorages[] = {R"("file")", R"("memory")"};
constexpr std::string_view kCompressions[] = {R"("none")", R"("s2")"};
constexpr std::string_view kPersistModes[] = {R"("default")", R"("async")"};
constexpr std::string_view kDeliverPolicies[] = {R"("all")",           R"("last")",
                                                 R"("new")",           R"("by_start_sequence")",
                                                 R"("by_start_time")", R"("last_per_subject")"};
constexpr std::string_view kAckPolicies[] = {R"("none")", R"("all")", R"("explicit")",
                                             R"("flow_control")"};
constexpr std::string_view kReplayPolicies[] = {R"("instant")", R"("original")"};
constexpr std::string_view kPriorityPolicies[] = {R"("none")", R"("overflow")",
                                                  R"("pinned_client")", R"("prioritized")"};

constexpr Words kWords[] = {
    {ConfigOf::kStream, "retention", kRetentions},
    {ConfigOf::kStream, "discard", kDiscards},
    {ConfigOf::kStream, "storage", kStorages},
    {ConfigOf::kStream, "compression", kCompressions},
    {ConfigOf::kStream, "persist_mode", kPersistModes},
    {ConfigOf::kConsumer, "deliver_policy", kDeliverPolicies},
    {ConfigOf::kConsumer, "ack_policy", kAckPolicies},
    {ConfigOf::kConsumer, "replay_policy", kReplayPolicies},
    {ConfigOf::kConsumer, "priority_policy", kPriorityPolicies},
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

std::span<const std::string_view> WordsOf(ConfigOf kind, std::string_view path) {
  const auto* const found =
      std::find_if(std::begin(kWords), std::end(kWords),
                   [&](const Words& words) { return words.kind == kind && words.path == path; });
  return found == std::end(kWords) ? std::span<const std::string_view>() : found->values;
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

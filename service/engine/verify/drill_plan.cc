#include "service/engine/verify/drill_plan.h"

#include <array>
#include <string_view>
#include <utility>

#include "protocol/js_config/stream_config.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"

namespace jetkeep {
namespace {

// Settings that would reach other streams, or let the scratch stream change by itself or not at
// all.
constexpr std::array<std::string_view, 15> kRemoved{"discard_new_per_subject",
                                                    "mirror",
                                                    "mirror_direct",
                                                    "sources",
                                                    "republish",
                                                    "placement",
                                                    "subject_transform",
                                                    "allow_msg_ttl",
                                                    "subject_delete_marker_ttl",
                                                    "allow_msg_schedules",
                                                    "sealed",
                                                    "deny_delete",
                                                    "deny_purge",
                                                    "template_owner",
                                                    "first_seq"};

constexpr std::uint64_t kRoomToSpare = 64 * 1024;

std::string ScratchSubject(const std::string& id) { return "jetkeep_drill." + id + ".>"; }

Result<std::string> ScratchConfig(const Manifest& manifest, const std::string& name) {
  JETKEEP_ASSIGN(RawObject config, RawObject::Parse(manifest.config_json));
  for (const std::string_view key : kRemoved) config.Remove(key);
  config.Set("name", QuoteJson(name));
  config.Set("subjects", QuoteJsonStrings({ScratchSubject(manifest.id)}));
  config.Set("num_replicas", "1");
  config.Set("retention", R"("limits")");
  config.Set("discard", R"("old")");
  config.Set("max_age", "0");
  // An account may require it; what it reserves shall be no more than what is used.
  JETKEEP_ASSIGN(const StreamConfigFacts backed_up, ReadStreamConfig(manifest.config_json));
  config.Set("max_bytes", backed_up.max_bytes > 0
                              ? std::to_string(manifest.state.bytes + kRoomToSpare)
                              : std::string("-1"));
  for (const char* limit : {"max_msgs", "max_msgs_per_subject", "max_msg_size", "max_consumers"}) {
    config.Set(limit, "-1");
  }
  return config.Text();
}

// Takes the filters out; true if there were any.
bool RemoveFilters(RawObject& config) {
  bool filtered = false;
  for (const char* key : {"filter_subject", "filter_subjects"}) {
    const std::string* value = config.FindValue(key);
    filtered |= value != nullptr && *value != R"("")" && *value != "[]";
    config.Remove(key);
  }
  return filtered;
}

Result<std::string> ScratchConsumer(const ConsumerBackup& consumer, const std::string& subject,
                                    const std::string& filter) {
  JETKEEP_ASSIGN(RawObject config, RawObject::Parse(consumer.config_json));
  config.Remove("pause_until");
  // A queue group and idle heartbeats need a subject to deliver to, so there is one, but another.
  if (const std::string* raw = config.Find("deliver_subject"); raw != nullptr) {
    JETKEEP_ASSIGN(const std::string live, RawString(*raw));
    if (!live.empty()) config.Set("deliver_subject", QuoteJson(subject));
  }
  // No more than the scratch stream has.
  if (config.Find("num_replicas") != nullptr) config.Set("num_replicas", "1");
  if (!filter.empty() && RemoveFilters(config)) config.Set("filter_subject", QuoteJson(filter));
  return config.Text();
}

}  // namespace

Result<DrillPlan> PlanDrill(const Manifest& manifest, DrillFilters filters) {
  DrillPlan plan;
  plan.manifest = manifest;
  plan.target.stream = std::string(kDrillStreamFront) + manifest.id;
  plan.target.scratch = true;
  // Messages and consumers are compared; what this server keeps of the rest is a restore's concern.
  plan.target.drop_unknown = true;
  plan.target.skip_refused_consumers = true;
  JETKEEP_ASSIGN(plan.target.config_json, ScratchConfig(manifest, plan.target.stream));
  const std::string filter =
      filters == DrillFilters::kReplaced ? ScratchSubject(manifest.id) : std::string();
  std::size_t number = 0;
  for (ConsumerBackup& consumer : plan.manifest.consumers) {
    const std::string subject =
        "jetkeep_drill_deliver." + manifest.id + "." + std::to_string(++number);
    JETKEEP_ASSIGN(consumer.config_json, ScratchConsumer(consumer, subject, filter));
  }
  return plan;
}

}  // namespace jetkeep

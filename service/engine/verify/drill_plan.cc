#include "service/engine/verify/drill_plan.h"

#include <array>
#include <string_view>
#include <utility>

#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

// Members of a stream's configuration that a scratch stream has otherwise, or not at all.
constexpr std::array<std::string_view, 25> kReplaced{"name",
                                                     "subjects",
                                                     "num_replicas",
                                                     "retention",
                                                     "max_age",
                                                     "max_msgs",
                                                     "max_bytes",
                                                     "max_msgs_per_subject",
                                                     "max_consumers",
                                                     "discard",
                                                     "discard_new_per_subject",
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

// A queue group and idle heartbeats need a subject to deliver to, so that subject stays, but
// another one; replicas cannot be more than the scratch stream's.
constexpr std::array<std::string_view, 3> kReplacedOfConsumer{"deliver_subject", "num_replicas",
                                                              "pause_until"};

template <std::size_t N>
bool Holds(const std::array<std::string_view, N>& names, std::string_view name) {
  for (const std::string_view one : names) {
    if (one == name) return true;
  }
  return false;
}

std::string Member(std::string_view key, std::string_view raw_value) {
  std::string member = QuoteJson(key);
  member.append(":").append(raw_value);
  return member;
}

constexpr std::uint64_t kRoomToSpare = 64 * 1024;

std::string ScratchSubject(const std::string& id) { return "jetkeep_drill." + id + ".>"; }

Result<std::string> ScratchConfig(const Manifest& manifest, const std::string& name) {
  std::string config = "{" + Member("name", QuoteJson(name));
  config += "," + Member("subjects", "[" + QuoteJson(ScratchSubject(manifest.id)) + "]");
  config += "," + Member("num_replicas", "1") + "," + Member("retention", R"("limits")");
  config += "," + Member("max_age", "0") + "," + Member("max_msgs", "-1");
  // An account may require it; what it reserves shall be no more than what is used.
  JETKEEP_ASSIGN(const StreamConfigFacts backed_up, ReadStreamConfig(manifest.config_json));
  const std::string max_bytes =
      backed_up.max_bytes > 0 ? std::to_string(manifest.state.bytes + kRoomToSpare) : "-1";
  config += "," + Member("max_bytes", max_bytes) + "," + Member("max_msgs_per_subject", "-1");
  config += "," + Member("max_consumers", "-1") + "," + Member("discard", R"("old")");
  JETKEEP_TRY(ForEachMember(manifest.config_json,
                            [&](std::string_view key, std::string_view value) -> Status {
                              if (!Holds(kReplaced, key)) config += "," + Member(key, value);
                              return {};
                            }));
  return config + "}";
}

Result<std::string> ScratchConsumer(const ConsumerBackup& consumer, const std::string& subject,
                                    const std::string& filter) {
  std::string config = "{";
  bool filtered = false;
  JETKEEP_TRY(ForEachMember(
      consumer.config_json, [&](std::string_view key, std::string_view value) -> Status {
        std::string member;
        const bool selects = key == "filter_subject" || key == "filter_subjects";
        if (selects && !filter.empty()) {
          filtered |= value != "\"\"" && value != "[]" && value != "null";
          return {};
        }
        if (!Holds(kReplacedOfConsumer, key)) {
          member = Member(key, value);
        } else if (key == "deliver_subject") {
          JETKEEP_ASSIGN(const std::string live, RawString(value));
          member = Member(key, live.empty() ? R"("")" : QuoteJson(subject));
        } else if (key == "num_replicas") {
          member = Member(key, "1");
        }
        if (member.empty()) return {};
        if (config.size() > 1) config += ",";
        config += member;
        return {};
      }));
  if (filtered) {
    if (config.size() > 1) config += ",";
    config += Member("filter_subject", QuoteJson(filter));
  }
  return config + "}";
}

}  // namespace

Result<DrillPlan> PlanDrill(const Manifest& manifest, DrillFilters filters) {
  DrillPlan plan;
  plan.manifest = manifest;
  plan.target.stream = "JETKEEP_DRILL_" + manifest.id;
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

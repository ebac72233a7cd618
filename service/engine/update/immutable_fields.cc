#include "service/engine/update/immutable_fields.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace jetkeep {
namespace {

constexpr ServerVersion kVersion2x10{2, 10, 0};
constexpr ServerVersion kVersion2x12{2, 12, 0};
constexpr ServerVersion kVersion2x14{2, 14, 0};
constexpr std::string_view kWorkQueue = R"("workqueue")";

// What can be set and never taken back.
constexpr std::array<std::string_view, 5> kStays = {"sealed", "deny_delete", "deny_purge",
                                                    "allow_msg_ttl", "allow_msg_schedules"};
constexpr std::array<std::string_view, 3> kOfStream = {"storage", "allow_msg_counter",
                                                       "persist_mode"};
constexpr std::array<std::string_view, 9> kOfConsumer = {
    "ack_policy",  "deliver_policy", "opt_start_seq",  "opt_start_time", "replay_policy",
    "max_waiting", "flow_control",   "idle_heartbeat", "durable_name"};

template <std::size_t N>
bool IsOneOf(std::string_view field, const std::array<std::string_view, N>& fields) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

// "mirror" of "mirror.name" and "sources" of "sources[0].name".
std::string_view TopOf(std::string_view path) { return path.substr(0, path.find_first_of(".[")); }

std::string CannotBefore(const char* version, const Drift& drift) {
  return "servers before " + std::string(version) + " cannot change " + drift.field;
}

std::optional<std::string> OfStream(const Drift& drift, const ServerVersion& server) {
  const std::string_view field = TopOf(drift.field);
  if (IsOneOf(field, kOfStream)) return "no server can change " + drift.field;
  if (IsOneOf(field, kStays) && drift.found_json == "true") {
    return "no server can take " + drift.field + " back";
  }
  if (field == "retention") {
    if (drift.kept_json == kWorkQueue || drift.found_json == kWorkQueue) {
      return "no server can change retention to or from workqueue";
    }
    if (server < kVersion2x10) return CannotBefore("2.10", drift);
  }
  if (field == "max_consumers" && server < kVersion2x12) return CannotBefore("2.12", drift);
  if (field == "republish" && server < kVersion2x10) return CannotBefore("2.10", drift);
  if (field == "mirror") {
    const bool taken_out = drift.field == field && drift.kept_json.empty();
    if (!taken_out) return "no server can make a stream a mirror, or change what it mirrors";
    if (server < kVersion2x12) return CannotBefore("2.12", drift);
  }
  return std::nullopt;
}

std::optional<std::string> OfConsumer(const Drift& drift, const ServerVersion& server) {
  const std::string_view field = TopOf(drift.field);
  if (IsOneOf(field, kOfConsumer)) return "no server can change " + drift.field + " of a consumer";
  const auto none = [](const std::string& json) { return json.empty() || json == R"("")"; };
  if (field == "deliver_subject" && none(drift.kept_json) != none(drift.found_json)) {
    return "no server can make a pull consumer of one that is pushed, or the reverse";
  }
  if (field == "mem_storage" && server >= kVersion2x14) {
    return "servers from 2.14 cannot change mem_storage of a consumer";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> WhyImmutable(const Drift& drift, const ServerVersion& server) {
  return drift.consumer.empty() ? OfStream(drift, server) : OfConsumer(drift, server);
}

}  // namespace jetkeep

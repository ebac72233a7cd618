#include "protocol/js_api/requests.h"

#include <nlohmann/json.hpp>

#include "protocol/base/time.h"

namespace jetkeep {
namespace {

using nlohmann::json;

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string ZeroOr(std::int64_t time_ns) {
  return time_ns == 0 ? "0001-01-01T00:00:00Z" : FormatTime(time_ns);
}

}  // namespace

std::string PageRequest(std::uint64_t offset) { return Dump({{"offset", offset}}); }

std::string NamesOnSubjectRequest(std::string_view subject, std::uint64_t offset) {
  return Dump({{"offset", offset}, {"subject", std::string(subject)}});
}

std::string NextMessageRequest(std::uint64_t sequence) {
  return Dump({{"seq", sequence}, {"next_by_subj", ">"}});
}

std::string ListingConsumerConfig(std::string_view name, std::uint64_t sequence) {
  return Dump({{"name", std::string(name)},
               {"deliver_policy", "by_start_sequence"},
               {"opt_start_seq", sequence},
               {"ack_policy", "none"},
               {"replay_policy", "instant"},
               {"headers_only", true},
               {"inactive_threshold", 30'000'000'000},
               {"num_replicas", 1},
               {"mem_storage", true}});
}

std::string NextBatchRequest(std::uint64_t messages, std::uint64_t bytes, std::uint64_t wait_ms) {
  return Dump({{"batch", messages}, {"max_bytes", bytes}, {"expires", wait_ms * 1'000'000}});
}

std::string MessageRequest(std::uint64_t sequence) {
  return R"({"seq":)" + std::to_string(sequence) + "}";
}

std::string StreamInfoRequest(bool deleted_details) {
  return deleted_details ? R"({"deleted_details":true})" : std::string();
}

std::string Encode(const SnapshotRequest& request) {
  json body = {{"deliver_subject", request.deliver_subject}};
  if (request.chunk_size != 0) body["chunk_size"] = request.chunk_size;
  if (request.window_size != 0) body["window_size"] = request.window_size;
  return Dump(body);
}

std::string RestoreRequest(std::string_view config_json, const StreamState& state) {
  json body = {{"messages", state.messages},
               {"bytes", state.bytes},
               {"first_seq", state.first_sequence},
               {"first_ts", ZeroOr(state.first_time_ns)},
               {"last_seq", state.last_sequence},
               {"last_ts", ZeroOr(state.last_time_ns)},
               {"consumer_count", state.consumer_count}};
  if (state.num_deleted != 0) body["num_deleted"] = state.num_deleted;
  if (state.num_subjects != 0) body["num_subjects"] = state.num_subjects;
  std::string text = R"({"config":)";
  text.append(config_json).append(R"(,"state":)").append(Dump(body)).append("}");
  return text;
}

std::string CreateConsumerRequest(std::string_view stream, std::string_view config_json,
                                  std::string_view action) {
  std::string text = R"({"stream_name":)" + Dump(std::string(stream));
  text.append(R"(,"config":)").append(config_json);
  if (!action.empty()) text.append(R"(,"action":")").append(action).append("\"");
  return text.append("}");
}

}  // namespace jetkeep

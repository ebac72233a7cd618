#include "protocol/js_api/requests.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

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

using Version = std::array<unsigned, 3>;

std::optional<Version> ParseVersion(std::string_view text) {
  Version version{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < version.size(); ++i) {
    const auto [stop, error] = std::from_chars(at, end, version[i]);
    if (error != std::errc()) return std::nullopt;
    at = stop;
    if (i + 1 == version.size()) break;
    if (at == end || *at != '.') return std::nullopt;
    ++at;
  }
  return version;
}

}  // namespace

std::string PageRequest(std::uint64_t offset) { return Dump({{"offset", offset}}); }

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

bool KnowsWindowSize(std::string_view server_version) {
  const auto version = ParseVersion(server_version);
  if (!version) return false;
  if ((*version)[0] == 2 && (*version)[1] == 12) return (*version)[2] >= 5;
  return *version >= Version{2, 14, 0};
}

}  // namespace jetkeep

#include "protocol/cli_layout/backup_json.h"

#include <utility>

#include "protocol/base/time.h"
#include "protocol/js_api/responses.h"
#include "protocol/json/json_layout.h"
#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

constexpr std::string_view kZeroTime = "0001-01-01T00:00:00Z";

std::string TimeText(std::int64_t time_ns) {
  return time_ns == 0 ? std::string(kZeroTime) : FormatTime(time_ns);
}

Status TakeObject(std::string& out, std::string_view key, std::string_view json) {
  if (json == "null") return {};
  if (!RequireObject(json)) {
    return Fail(Errc::kArchiveCorrupt, "\"" + std::string(key) + "\" is no object");
  }
  out = CompactJson(json);
  return {};
}

Status Read(std::string_view text, CliBackup& backup) {
  std::string config;
  std::string state;
  JETKEEP_TRY(ForEachMember(text, [&](std::string_view key, std::string_view value) -> Status {
    if (key == "config") return TakeObject(config, key, value);
    if (key == "state") return TakeObject(state, key, value);
    if (key == "edit") return TakeObject(backup.edit_json, key, value);
    if (key == "source") return TakeObject(backup.source_json, key, value);
    return {};
  }));
  if (config.empty() || state.empty()) {
    return Fail(Errc::kArchiveCorrupt,
                config.empty() ? "\"config\" is missing" : "\"state\" is missing");
  }
  // The two members are an answer of the server's, of which one reader is enough.
  const std::string answer = "{\"config\":" + config + ",\"state\":" + state + "}";
  JETKEEP_ASSIGN(StreamInfo info, ParseStreamInfo(answer));
  backup.config_json = std::move(config);
  backup.state_json = std::move(info.state_json);
  backup.state = info.state;
  return {};
}

}  // namespace

Result<CliBackup> ParseCliBackup(std::string_view text) {
  CliBackup backup;
  Status read = Read(text, backup);
  if (!read) {
    return Fail(Error{Errc::kArchiveCorrupt, std::move(read).error().message, {}, 0});
  }
  return backup;
}

Result<StreamState> ParseCliState(std::string_view json) {
  const std::string answer = "{\"config\":{},\"state\":" + std::string(json) + "}";
  auto info = ParseStreamInfo(answer);
  if (!info) return Fail(Errc::kArchiveCorrupt, std::move(info).error().message);
  return info->state;
}

std::string CliBackupText(std::string_view config_json, std::string_view state_json) {
  return "{\n  \"config\": " + IndentJson(config_json, 1) +
         ",\n  \"state\": " + IndentJson(state_json, 1) + "\n}";
}

std::string CliStateJson(const StreamState& state) {
  std::string json = "{\"messages\":" + std::to_string(state.messages) +
                     ",\"bytes\":" + std::to_string(state.bytes) +
                     ",\"first_seq\":" + std::to_string(state.first_sequence) + ",\"first_ts\":\"" +
                     TimeText(state.first_time_ns) +
                     "\",\"last_seq\":" + std::to_string(state.last_sequence) + ",\"last_ts\":\"" +
                     TimeText(state.last_time_ns) + "\"";
  if (state.num_deleted != 0) json += ",\"num_deleted\":" + std::to_string(state.num_deleted);
  if (state.num_subjects != 0) json += ",\"num_subjects\":" + std::to_string(state.num_subjects);
  return json + ",\"consumer_count\":" + std::to_string(state.consumer_count) + "}";
}

}  // namespace jetkeep

#include "protocol/repository/restore_record.h"

#include "protocol/repository/json_fields.h"
#include "protocol/repository/sealed_json.h"

namespace jetkeep {
namespace {

// jetkeep 0.1 knows no tokens, and would delete what looks like the stream of this record. A field
// that it must not ignore makes it leave the record, and the stream, to a newer version.
constexpr const char* kHonourToken = "must_honour_token";
constexpr const char* kConsumers = "consumers";

}  // namespace

Result<std::string> EncodeRestoreRecord(const RestoreRecord& record) {
  std::string members;
  const auto add = [&](std::string_view key, const Json& value) -> Status {
    JETKEEP_ASSIGN(const std::string text, DumpJson(value));
    members.append("  \"").append(key).append("\": ").append(text).append(",\n");
    return {};
  };
  JETKEEP_TRY(add("restore", record.id));
  JETKEEP_TRY(add("backup", record.backup_id));
  JETKEEP_TRY(add("account", record.account));
  JETKEEP_TRY(add("server_name", record.server_name));
  JETKEEP_TRY(add("cluster", record.cluster));
  JETKEEP_TRY(add("stream", record.stream));
  JETKEEP_TRY(add("config", record.config_json));
  JETKEEP_TRY(add("stream_created", record.stream_created));
  JETKEEP_TRY(add("started_ns", record.started_ns));
  JETKEEP_TRY(add("scratch", record.scratch));
  JETKEEP_TRY(add("token", record.token));
  JETKEEP_TRY(add(kHonourToken, true));
  JETKEEP_TRY(add(kConsumers, record.consumers));
  JETKEEP_TRY(add("messages", record.state.messages));
  JETKEEP_TRY(add("bytes", record.state.bytes));
  JETKEEP_TRY(add("first_sequence", record.state.first_sequence));
  JETKEEP_TRY(add("first_time_ns", record.state.first_time_ns));
  JETKEEP_TRY(add("last_sequence", record.state.last_sequence));
  JETKEEP_TRY(add("last_time_ns", record.state.last_time_ns));
  JETKEEP_TRY(add("num_deleted", record.state.num_deleted));
  return SealJson(members);
}

Result<RestoreRecord> ParseRestoreRecord(std::string_view restore_id, std::string_view document) {
  if (document.size() > kMaxRestoreRecordBytes)
    return Fail(Errc::kRepositoryCorrupt, "the record of a restore is too long");
  JETKEEP_TRY(CheckSeal(document));
  JETKEEP_ASSIGN(const Json json, ParseJson(document, kHonourToken));
  StoredFields fields(json);
  RestoreRecord record;
  fields.Get("restore", record.id);
  fields.Get("backup", record.backup_id);
  fields.Get("account", record.account);
  fields.Get("server_name", record.server_name);
  fields.Get("cluster", record.cluster);
  fields.Get("stream", record.stream);
  fields.Get("config", record.config_json);
  fields.Get("stream_created", record.stream_created);
  fields.Get("started_ns", record.started_ns);
  fields.Get("scratch", record.scratch);
  if (json.is_object() && json.contains("token")) fields.Get("token", record.token);
  if (json.is_object() && json.contains(kConsumers)) {
    for (const Json& name : fields.Child(kConsumers, &Json::is_array)) {
      if (name.is_string()) record.consumers.push_back(name.get_ref<const std::string&>());
    }
  }
  fields.Get("messages", record.state.messages);
  fields.Get("bytes", record.state.bytes);
  fields.Get("first_sequence", record.state.first_sequence);
  fields.Get("first_time_ns", record.state.first_time_ns);
  fields.Get("last_sequence", record.state.last_sequence);
  fields.Get("last_time_ns", record.state.last_time_ns);
  fields.Get("num_deleted", record.state.num_deleted);
  JETKEEP_TRY(fields.Done("the record of a restore"));
  if (record.id != restore_id) {
    return Fail(Errc::kRepositoryCorrupt, "the record is that of another restore");
  }
  return record;
}

}  // namespace jetkeep

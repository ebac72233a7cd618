#include "protocol/repository/restore_record.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/json_fields.h"
#include "protocol/repository/sealed_json.h"

namespace jetkeep {
namespace {

// jetkeep 0.1 knows no tokens, and would delete what looks like the stream of this record. A field
// that it must not ignore makes it leave the record, and the stream, to a newer version.
constexpr const char* kHonourToken = "must_honour_token";
constexpr const char* kConsumers = "consumers";

Json ToJson(const SentMember& member) {
  return {{"stream", member.stream},
          {"backup", member.backup_id},
          {"config", member.config_json},
          {"token", member.token},
          {kConsumers, member.consumers},
          {"messages", member.state.messages},
          {"bytes", member.state.bytes},
          {"first_sequence", member.state.first_sequence},
          {"last_sequence", member.state.last_sequence},
          {"last_time_ns", member.state.last_time_ns}};
}

Result<SentMember> MemberFrom(const Json& json, bool together) {
  StoredFields fields(json);
  SentMember member;
  member.together = together;
  fields.Get("stream", member.stream);
  fields.Get("backup", member.backup_id);
  fields.Get("config", member.config_json);
  fields.Get("token", member.token);
  for (const Json& name : fields.Child(kConsumers, &Json::is_array)) {
    if (name.is_string()) member.consumers.push_back(name.get_ref<const std::string&>());
  }
  fields.Get("messages", member.state.messages);
  fields.Get("bytes", member.state.bytes);
  fields.Get("first_sequence", member.state.first_sequence);
  fields.Get("last_sequence", member.state.last_sequence);
  fields.Get("last_time_ns", member.state.last_time_ns);
  JETKEEP_TRY(fields.Done("a stream in the record of a restore"));
  return member;
}

// A record of many streams has none of the fields of one: whoever knows records of one stream only
// takes it for one that it cannot read, and leaves it alone.
Result<std::string> EncodeMany(const RestoreRecord& record) {
  SealedLines lines;
  JETKEEP_TRY(lines.Add("restore", record.id));
  JETKEEP_TRY(lines.Add("set", record.set));
  JETKEEP_TRY(lines.Add("account", record.account));
  JETKEEP_TRY(lines.Add("server_name", record.server_name));
  JETKEEP_TRY(lines.Add("cluster", record.cluster));
  JETKEEP_TRY(lines.Add("started_ns", record.started_ns));
  JETKEEP_TRY(lines.Add("together", record.together));
  JETKEEP_TRY(lines.Add("replaces", record.replaces));
  Json members = Json::array();
  for (const SentMember& member : record.members) members.push_back(ToJson(member));
  JETKEEP_TRY(lines.Add("members", members));
  std::string document = lines.Seal();
  if (document.size() > kMaxRestoreRecordBytes) {
    return Fail(Errc::kRequestTooLarge, "the record of a restore of " +
                                            std::to_string(record.members.size()) +
                                            " streams is too long");
  }
  return document;
}

Result<RestoreRecord> ParseMany(std::string_view restore_id, const Json& json) {
  StoredFields fields(json);
  RestoreRecord record;
  fields.Get("restore", record.id);
  fields.Get("set", record.set);
  fields.Get("account", record.account);
  fields.Get("server_name", record.server_name);
  fields.Get("cluster", record.cluster);
  fields.Get("started_ns", record.started_ns);
  fields.Get("together", record.together);
  fields.Get("replaces", record.replaces);
  const Json& members = fields.Child("members", &Json::is_array);
  JETKEEP_TRY(fields.Done("the record of a restore"));
  for (const Json& member : members) {
    JETKEEP_ASSIGN(SentMember read, MemberFrom(member, record.together));
    record.members.push_back(std::move(read));
  }
  if (record.members.empty()) {
    return Fail(Errc::kRepositoryCorrupt, "the record of a restore names no stream");
  }
  if (record.id != restore_id) {
    return Fail(Errc::kRepositoryCorrupt, "the record is that of another restore");
  }
  return record;
}

}  // namespace

bool RestoreRecord::Concerns(std::string_view name) const {
  if (members.empty()) return stream == name;
  return std::any_of(members.begin(), members.end(),
                     [&](const SentMember& member) { return member.stream == name; });
}

Result<std::string> EncodeRestoreRecord(const RestoreRecord& record) {
  if (!record.members.empty()) return EncodeMany(record);
  SealedLines lines;
  JETKEEP_TRY(lines.Add("restore", record.id));
  JETKEEP_TRY(lines.Add("backup", record.backup_id));
  JETKEEP_TRY(lines.Add("account", record.account));
  JETKEEP_TRY(lines.Add("server_name", record.server_name));
  JETKEEP_TRY(lines.Add("cluster", record.cluster));
  JETKEEP_TRY(lines.Add("stream", record.stream));
  JETKEEP_TRY(lines.Add("config", record.config_json));
  JETKEEP_TRY(lines.Add("stream_created", record.stream_created));
  JETKEEP_TRY(lines.Add("started_ns", record.started_ns));
  JETKEEP_TRY(lines.Add("scratch", record.scratch));
  JETKEEP_TRY(lines.Add("token", record.token));
  JETKEEP_TRY(lines.Add(kHonourToken, true));
  JETKEEP_TRY(lines.Add(kConsumers, record.consumers));
  JETKEEP_TRY(lines.Add("messages", record.state.messages));
  JETKEEP_TRY(lines.Add("bytes", record.state.bytes));
  JETKEEP_TRY(lines.Add("first_sequence", record.state.first_sequence));
  JETKEEP_TRY(lines.Add("first_time_ns", record.state.first_time_ns));
  JETKEEP_TRY(lines.Add("last_sequence", record.state.last_sequence));
  JETKEEP_TRY(lines.Add("last_time_ns", record.state.last_time_ns));
  JETKEEP_TRY(lines.Add("num_deleted", record.state.num_deleted));
  return lines.Seal();
}

Result<RestoreRecord> ParseRestoreRecord(std::string_view restore_id, std::string_view document) {
  if (document.size() > kMaxRestoreRecordBytes)
    return Fail(Errc::kRepositoryCorrupt, "the record of a restore is too long");
  JETKEEP_TRY(CheckSeal(document));
  JETKEEP_ASSIGN(const Json json, ParseJson(document, kHonourToken));
  if (json.is_object() && json.contains("members")) return ParseMany(restore_id, json);
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

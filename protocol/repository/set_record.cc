#include "protocol/repository/set_record.h"

#include <algorithm>

#include "protocol/base/utf8.h"
#include "protocol/repository/backup_id.h"
#include "protocol/repository/sealed_json.h"
#include "protocol/repository/stored_error.h"

namespace jetkeep {
namespace {

// A line of its own, which no text can begin: JSON has no raw line ends in texts.
constexpr std::string_view kMembersLine = "\n  \"members\": [";

constexpr std::string_view kComplete = "complete";
constexpr std::string_view kPartial = "partial";
// Of configurations alone: a program that does not know these words must not take one for a set of
// backups with messages.
constexpr std::string_view kConfigOnly = "config_only";
constexpr std::string_view kPartialConfigOnly = "partial_config_only";

std::string_view WordFor(const SetSummary& summary) {
  const bool complete = summary.condition == SetCondition::kComplete;
  if (summary.config_only) return complete ? kConfigOnly : kPartialConfigOnly;
  return complete ? kComplete : kPartial;
}

Json Texts(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(ToUtf8(text));
  return list;
}

Json MetadataToJson(const SetMetadata& metadata) {
  // Pairs, not an object: a client's key must not look like a field of ours.
  Json list = Json::array();
  for (const auto& [key, value] : metadata) list.push_back({{"key", key}, {"value", value}});
  return list;
}

Json ToJson(const SetMember& member) {
  Json json = {{"stream", ToUtf8(member.stream)}, {"backup", member.backup}};
  if (!member.backup.empty()) {
    json["damaged"] = member.damaged;
    json["cut_time_ns"] = member.cut_time_ns;
    json["first_sequence"] = member.first_sequence;
    json["last_sequence"] = member.last_sequence;
    json["messages"] = member.messages;
    json["bytes"] = member.bytes;
    json["stored_bytes"] = member.stored_bytes;
  }
  if (member.error) json["error"] = ErrorToJson(*member.error);
  return json;
}

Status Read(const Json& list, std::vector<std::string>& texts) {
  for (const Json& text : list) {
    if (!text.is_string()) return Fail(Errc::kRepositoryCorrupt, "a set holds a list of no texts");
    texts.push_back(text.get<std::string>());
  }
  return {};
}

Status Read(const Json& list, SetMetadata& metadata) {
  for (const Json& pair : list) {
    StoredFields fields(pair);
    auto& [key, value] = metadata.emplace_back();
    fields.Get("key", key);
    fields.Get("value", value);
    JETKEEP_TRY(fields.Done("the metadata of a set"));
  }
  return {};
}

Result<SetMember> MemberFrom(const Json& json) {
  StoredFields fields(json);
  SetMember member;
  fields.Get("stream", member.stream);
  fields.Get("backup", member.backup);
  JETKEEP_TRY(fields.Done("a member of a set"));
  if (!member.backup.empty()) {
    fields.Get("damaged", member.damaged);
    fields.Get("cut_time_ns", member.cut_time_ns);
    fields.Get("first_sequence", member.first_sequence);
    fields.Get("last_sequence", member.last_sequence);
    fields.Get("messages", member.messages);
    fields.Get("bytes", member.bytes);
    fields.Get("stored_bytes", member.stored_bytes);
    JETKEEP_TRY(fields.Done("a member of a set"));
    if (!IsBackupId(member.backup)) {
      return Fail(Errc::kRepositoryCorrupt, "a member of a set has an id that is none");
    }
  }
  if (json.contains("error")) {
    JETKEEP_ASSIGN(member.error, ErrorFromJson(json["error"]));
  }
  return member;
}

Status Read(const Json& json, SetSummary& summary) {
  StoredFields fields(json);
  std::string condition;
  fields.Get("set", summary.id);
  fields.Get("account", summary.account);
  fields.Get("condition", condition);
  fields.Get("started_ns", summary.started_ns);
  fields.Get("completed_ns", summary.completed_ns);
  fields.Get("streams", summary.streams);
  fields.Get("failed", summary.failed);
  fields.Get("messages", summary.messages);
  fields.Get("bytes", summary.bytes);
  fields.Get("stored_bytes", summary.stored_bytes);
  fields.Get("first_cut_ns", summary.first_cut_ns);
  fields.Get("last_cut_ns", summary.last_cut_ns);
  fields.Get("server_version", summary.server_version);
  fields.Get("server_name", summary.server_name);
  const Json& metadata = fields.Child("metadata", &Json::is_array);
  JETKEEP_TRY(fields.Done("a set"));
  const bool complete = condition == kComplete || condition == kConfigOnly;
  summary.config_only = condition == kConfigOnly || condition == kPartialConfigOnly;
  if (!complete && condition != kPartial && condition != kPartialConfigOnly) {
    return Fail(Errc::kRepositoryUnsupported,
                "a set has the unknown condition \"" + condition + "\"", "Use a newer jetkeep.");
  }
  summary.condition = complete ? SetCondition::kComplete : SetCondition::kPartial;
  return Read(metadata, summary.metadata);
}

Status CheckOwn(std::string_view set_id, const SetSummary& summary) {
  if (summary.id == set_id) return {};
  return Fail(Errc::kRepositoryCorrupt, "the document is that of another set");
}

Status CheckDocument(std::string_view document) {
  if (document.size() > kMaxSetBytes) {
    return Fail(Errc::kRepositoryCorrupt, "the document of a set is too long");
  }
  JETKEEP_TRY(CheckSeal(document));
  return {};
}

}  // namespace

bool IsSetId(std::string_view text) {
  return text.starts_with(kSetIdFront) && IsBackupId(text.substr(kSetIdFront.size()));
}

Status CheckSetId(std::string_view text) {
  if (IsSetId(text)) return {};
  return Fail(Errc::kInvalidName, "the set id is not of the form set-20261121T012410Z-7k2m9qdx",
              "List the sets to see their ids.");
}

std::string NewSetIdAbove(std::span<const std::string> seen, std::int64_t now_ns,
                          std::uint64_t random) {
  std::vector<std::string> ids;
  for (const std::string& id : seen) {
    if (IsSetId(id)) ids.push_back(id.substr(kSetIdFront.size()));
  }
  return std::string(kSetIdFront) + NewBackupIdAbove(ids, now_ns, random);
}

std::string SetKey(std::string_view set_id) {
  return std::string(kSetsPrefix).append("/").append(set_id);
}

std::string PinKey(std::string_view id) { return std::string(kPinsPrefix).append("/").append(id); }

bool IsPinnable(std::string_view id) { return IsBackupId(id) || IsSetId(id); }

Result<std::string> EncodePin(std::string_view id, std::int64_t now_ns) {
  SealedLines lines;
  JETKEEP_TRY(lines.Add("pinned", id));
  JETKEEP_TRY(lines.Add("pinned_ns", now_ns));
  return lines.Seal();
}

Result<std::string> EncodeSet(const SetDetails& set) {
  const SetSummary& summary = set.summary;
  SealedLines lines;
  JETKEEP_TRY(lines.Add("set", summary.id));
  JETKEEP_TRY(lines.Add("account", summary.account));
  JETKEEP_TRY(lines.Add("condition", WordFor(summary)));
  JETKEEP_TRY(lines.Add("started_ns", summary.started_ns));
  JETKEEP_TRY(lines.Add("completed_ns", summary.completed_ns));
  JETKEEP_TRY(lines.Add("streams", summary.streams));
  JETKEEP_TRY(lines.Add("failed", summary.failed));
  JETKEEP_TRY(lines.Add("messages", summary.messages));
  JETKEEP_TRY(lines.Add("bytes", summary.bytes));
  JETKEEP_TRY(lines.Add("stored_bytes", summary.stored_bytes));
  JETKEEP_TRY(lines.Add("first_cut_ns", summary.first_cut_ns));
  JETKEEP_TRY(lines.Add("last_cut_ns", summary.last_cut_ns));
  JETKEEP_TRY(lines.Add("server_version", ToUtf8(summary.server_version)));
  JETKEEP_TRY(lines.Add("server_name", ToUtf8(summary.server_name)));
  JETKEEP_TRY(lines.Add("metadata", MetadataToJson(summary.metadata)));
  JETKEEP_TRY(lines.Add("selection", Json{{"streams", Texts(set.selection.streams)},
                                          {"exclude", Texts(set.selection.exclude)},
                                          {"order", Texts(set.selection.order)}}));
  JETKEEP_TRY(lines.Add("account_info", ToUtf8(set.account_json)));
  JETKEEP_TRY(lines.Add("account_unknown", ToUtf8(set.account_unknown)));
  JETKEEP_TRY(lines.Add("warnings", Texts(set.warnings)));
  std::string members(kMembersLine.substr(1));
  for (std::size_t i = 0; i < set.members.size(); ++i) {
    JETKEEP_ASSIGN(const std::string text, DumpJson(ToJson(set.members[i])));
    members.append(i == 0 ? "" : ", ").append(text);
  }
  lines.AddLine(members.append("],\n"));
  std::string document = lines.Seal();
  if (document.size() > kMaxSetBytes) {
    return Fail(Errc::kRequestTooLarge,
                "the set has " + std::to_string(set.members.size()) + " streams, too many to keep",
                "Make several sets of fewer streams.");
  }
  return document;
}

Result<SetDetails> ParseSet(std::string_view set_id, std::string_view document) {
  JETKEEP_TRY(CheckDocument(document));
  JETKEEP_ASSIGN(const Json json, ParseJson(document));
  SetDetails set;
  JETKEEP_TRY(Read(json, set.summary));
  JETKEEP_TRY(CheckOwn(set_id, set.summary));
  StoredFields fields(json);
  const Json& selection = fields.Child("selection", &Json::is_object);
  const Json& warnings = fields.Child("warnings", &Json::is_array);
  const Json& members = fields.Child("members", &Json::is_array);
  fields.Get("account_info", set.account_json);
  fields.Get("account_unknown", set.account_unknown);
  JETKEEP_TRY(fields.Done("a set"));
  StoredFields chosen(selection);
  const Json& streams = chosen.Child("streams", &Json::is_array);
  const Json& exclude = chosen.Child("exclude", &Json::is_array);
  const Json& order = chosen.Child("order", &Json::is_array);
  JETKEEP_TRY(chosen.Done("the selection of a set"));
  JETKEEP_TRY(Read(streams, set.selection.streams));
  JETKEEP_TRY(Read(exclude, set.selection.exclude));
  JETKEEP_TRY(Read(order, set.selection.order));
  JETKEEP_TRY(Read(warnings, set.warnings));
  set.members.reserve(members.size());
  for (const Json& member : members) {
    JETKEEP_ASSIGN(SetMember read, MemberFrom(member));
    set.members.push_back(std::move(read));
  }
  return set;
}

Result<SetSummary> ParseSetSummary(std::string_view set_id, std::string_view document) {
  JETKEEP_TRY(CheckDocument(document));
  // The members stand on one line.
  std::string rest(document.substr(0, document.find(kMembersLine)));
  if (rest.size() < document.size()) {
    const std::string_view behind = document.substr(rest.size() + 1);
    rest.append(behind.substr(std::min(behind.find('\n'), behind.size())));
  }
  JETKEEP_ASSIGN(const Json json, ParseJson(rest));
  SetSummary summary;
  JETKEEP_TRY(Read(json, summary));
  JETKEEP_TRY(CheckOwn(set_id, summary));
  return summary;
}

bool NamesBackup(std::string_view document, std::string_view backup_id) {
  return document.find("\"backup\":\"" + std::string(backup_id) + "\"") != std::string_view::npos;
}

}  // namespace jetkeep

#include "protocol/repository/manifest_head.h"

#include <charconv>
#include <utility>

#include "protocol/repository/backup_id.h"
#include "protocol/repository/json_fields.h"

namespace jetkeep {
namespace {

constexpr std::string_view kMagic = "JETKEEP-MANIFEST ";
constexpr std::string_view kVersion = "1";
constexpr std::size_t kDigestDigits = 64;
// "JETKEEP-MANIFEST 1 <head bytes> <digest>\n"
constexpr std::size_t kMaxLineBytes = 17 + 10 + 10 + kDigestDigits;
constexpr std::size_t kMaxSections = 64;

std::string LineFor(std::string_view head) {
  return std::string(kMagic) + std::string(kVersion) + " " + std::to_string(head.size()) + " " +
         ToHex(Blake2b(head)) + "\n";
}

struct Line {
  std::size_t line_bytes = 0;
  std::size_t head_bytes = 0;
};

Result<Line> ParseLine(std::string_view front) {
  const auto end = front.substr(0, kMaxLineBytes).find('\n');
  if (!front.starts_with(kMagic) || end == std::string_view::npos) {
    return Fail(Errc::kRepositoryCorrupt, "the file does not begin as a manifest");
  }
  std::string_view line = front.substr(kMagic.size(), end - kMagic.size());
  const auto space = line.find(' ');
  if (line.substr(0, space) != kVersion) {
    return Fail(Errc::kRepositoryUnsupported, "the manifest has an unknown version",
                "Use a newer jetkeep.");
  }
  line.remove_prefix(space + 1);
  std::size_t head_bytes = 0;
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), head_bytes);
  if (parsed.ec != std::errc() || head_bytes > kMaxManifestHeadBytes) {
    return Fail(Errc::kRepositoryCorrupt, "the manifest's first line is damaged");
  }
  return Line{end + 1, head_bytes};
}

Json StateToJson(const StreamState& state) {
  return {{"messages", state.messages},
          {"bytes", state.bytes},
          {"first_sequence", state.first_sequence},
          {"first_time_ns", state.first_time_ns},
          {"last_sequence", state.last_sequence},
          {"last_time_ns", state.last_time_ns},
          {"num_deleted", state.num_deleted},
          {"num_subjects", state.num_subjects},
          {"consumer_count", state.consumer_count}};
}

Status StateFromJson(const Json& json, StreamState& state) {
  StoredFields fields(json);
  fields.Get("messages", state.messages);
  fields.Get("bytes", state.bytes);
  fields.Get("first_sequence", state.first_sequence);
  fields.Get("first_time_ns", state.first_time_ns);
  fields.Get("last_sequence", state.last_sequence);
  fields.Get("last_time_ns", state.last_time_ns);
  fields.Get("num_deleted", state.num_deleted);
  fields.Get("num_subjects", state.num_subjects);
  fields.Get("consumer_count", state.consumer_count);
  return fields.Done("the state in the manifest");
}

Status ServerFromJson(const Json& json, ServerIdentity& server) {
  StoredFields fields(json);
  fields.Get("version", server.version);
  fields.Get("name", server.name);
  fields.Get("cluster", server.cluster);
  fields.Get("max_payload", server.max_payload);
  return fields.Done("the server in the manifest");
}

Result<std::vector<ManifestSection>> SectionsFromJson(const Json& json) {
  std::vector<ManifestSection> sections;
  if (json.size() > kMaxSections) {
    return Fail(Errc::kRepositoryCorrupt, "the manifest has too many sections");
  }
  for (const Json& item : json) {
    ManifestSection section;
    StoredFields fields(item);
    std::string digest;
    fields.Get("name", section.name);
    fields.Get("bytes", section.bytes);
    fields.Get("raw_bytes", section.raw_bytes);
    fields.Get("digest", digest);
    JETKEEP_TRY(fields.Done("a section in the manifest"));
    JETKEEP_ASSIGN(section.digest, DigestFromHex(digest));
    sections.push_back(std::move(section));
  }
  return sections;
}

Result<ManifestHead> FromJson(const Json& json) {
  ManifestHead head;
  Manifest& manifest = head.manifest;
  std::string condition;
  std::string format;
  StoredFields fields(json);
  fields.Get("id", manifest.id);
  fields.Get("account", manifest.account);
  fields.Get("stream", manifest.stream);
  fields.Get("lineage", manifest.lineage);
  fields.Get("kind", manifest.kind);
  fields.Get("based_on", manifest.based_on);
  fields.Get("condition", condition);
  fields.Get("started_ns", manifest.started_ns);
  fields.Get("completed_ns", manifest.completed_ns);
  fields.Get("stream_created", manifest.stream_created);
  fields.Get("archive_format", format);
  fields.Get("tool_version", manifest.tool_version);
  fields.Get("raw_bytes", head.raw_bytes);
  fields.Get("segment_bytes", head.segment_bytes);
  fields.Get("consumers", head.consumers);
  fields.Get("lost_messages", head.lost_messages);
  const Json& state = fields.Child("state", &Json::is_object);
  const Json& server = fields.Child("server", &Json::is_object);
  const Json& sections = fields.Child("sections", &Json::is_array);
  JETKEEP_TRY(fields.Done("the manifest"));
  JETKEEP_TRY(StateFromJson(state, manifest.state));
  JETKEEP_TRY(ServerFromJson(server, manifest.server));
  JETKEEP_ASSIGN(head.sections, SectionsFromJson(sections));
  if (!IsBackupId(manifest.id) || !IsBackupId(manifest.lineage) ||
      (!manifest.based_on.empty() && !IsBackupId(manifest.based_on))) {
    return Fail(Errc::kRepositoryCorrupt, "an id in the manifest is not one");
  }
  if ((condition != "complete" && condition != "damaged") || (format != "v1" && format != "v2")) {
    return Fail(Errc::kRepositoryUnsupported,
                "the manifest has an unknown condition or archive format", "Use a newer jetkeep.");
  }
  manifest.condition =
      condition == "damaged" ? BackupCondition::kDamaged : BackupCondition::kComplete;
  manifest.archive_format = format == "v2" ? ArchiveFormat::kV2Natsarc : ArchiveFormat::kV1Tar;
  return head;
}

}  // namespace

Result<std::string> EncodeManifestHead(const ManifestHead& head) {
  const Manifest& manifest = head.manifest;
  Json sections = Json::array();
  for (const ManifestSection& section : head.sections) {
    sections.push_back({{"name", section.name},
                        {"bytes", section.bytes},
                        {"raw_bytes", section.raw_bytes},
                        {"digest", ToHex(section.digest)}});
  }
  const Json json = {
      {"id", manifest.id},
      {"account", manifest.account},
      {"stream", manifest.stream},
      {"lineage", manifest.lineage},
      {"kind", manifest.kind},
      {"based_on", manifest.based_on},
      {"condition", manifest.condition == BackupCondition::kDamaged ? "damaged" : "complete"},
      {"started_ns", manifest.started_ns},
      {"completed_ns", manifest.completed_ns},
      {"stream_created", manifest.stream_created},
      {"state", StateToJson(manifest.state)},
      {"server",
       {{"version", manifest.server.version},
        {"name", manifest.server.name},
        {"cluster", manifest.server.cluster},
        {"max_payload", manifest.server.max_payload}}},
      {"archive_format", manifest.archive_format == ArchiveFormat::kV2Natsarc ? "v2" : "v1"},
      {"tool_version", manifest.tool_version},
      {"raw_bytes", head.raw_bytes},
      {"segment_bytes", head.segment_bytes},
      {"consumers", head.consumers},
      {"lost_messages", head.lost_messages},
      {"sections", std::move(sections)}};
  JETKEEP_ASSIGN(std::string text, DumpJson(json));
  text.push_back('\n');
  if (text.size() > kMaxManifestHeadBytes) {
    return Fail(Errc::kInternal, "the head of the manifest is too long");
  }
  return LineFor(text) + text;
}

Result<std::size_t> ManifestHeadBytes(std::string_view front) {
  JETKEEP_ASSIGN(const Line line, ParseLine(front));
  return line.line_bytes + line.head_bytes;
}

Result<ManifestHead> ParseManifestHead(std::string_view front, std::uint64_t file_bytes) {
  JETKEEP_ASSIGN(const Line line, ParseLine(front));
  const std::string_view text = front.substr(line.line_bytes, line.head_bytes);
  // Spelt again and compared, so that no other way to write the same line passes.
  if (text.size() != line.head_bytes || LineFor(text) != front.substr(0, line.line_bytes)) {
    return Fail(Errc::kRepositoryCorrupt, "the digest of the manifest's head is wrong");
  }
  JETKEEP_ASSIGN(const Json json, ParseJson(text));
  JETKEEP_ASSIGN(ManifestHead head, FromJson(json));
  head.head_end = line.line_bytes + line.head_bytes;
  std::uint64_t left = file_bytes < head.head_end ? 0 : file_bytes - head.head_end;
  for (const ManifestSection& section : head.sections) {
    if (section.bytes > left) return Fail(Errc::kRepositoryCorrupt, "the manifest is cut short");
    left -= section.bytes;
  }
  if (left != 0) return Fail(Errc::kRepositoryCorrupt, "bytes follow the end of the manifest");
  return head;
}

BackupSummary SummaryOf(const ManifestHead& head, std::uint64_t file_bytes) {
  const Manifest& manifest = head.manifest;
  BackupSummary summary;
  summary.id = manifest.id;
  summary.account = manifest.account;
  summary.stream = manifest.stream;
  summary.lineage = manifest.lineage;
  summary.kind = manifest.kind;
  summary.condition = manifest.condition;
  summary.started_ns = manifest.started_ns;
  summary.completed_ns = manifest.completed_ns;
  summary.messages = manifest.state.messages;
  summary.bytes = manifest.state.bytes;
  summary.first_sequence = manifest.state.first_sequence;
  summary.last_sequence = manifest.state.last_sequence;
  summary.num_deleted = manifest.state.num_deleted;
  summary.raw_bytes = head.raw_bytes;
  summary.stored_bytes = head.segment_bytes + file_bytes;
  summary.consumers = head.consumers;
  summary.lost_messages = head.lost_messages;
  summary.server_version = manifest.server.version;
  summary.server_name = manifest.server.name;
  return summary;
}

Result<BackupSummary> ParseManifestSummary(std::string_view front, std::uint64_t file_bytes) {
  JETKEEP_ASSIGN(const ManifestHead head, ParseManifestHead(front, file_bytes));
  return SummaryOf(head, file_bytes);
}

}  // namespace jetkeep

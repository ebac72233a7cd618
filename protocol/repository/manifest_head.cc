#include "protocol/repository/manifest_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "protocol/repository/backup_id.h"
#include "protocol/repository/json_fields.h"
#include "protocol/repository/json_visitors.h"

namespace jetkeep {
namespace {

constexpr std::string_view kMagic = "JETKEEP-MANIFEST ";
constexpr std::size_t kDigestDigits = 64;
// "JETKEEP-MANIFEST 2 <head bytes> <digest>\n"
constexpr std::size_t kMaxLineBytes = 17 + 10 + 10 + kDigestDigits;
constexpr std::size_t kMaxSections = 64;

std::string LineFor(int version, std::string_view head) {
  std::string line =
      std::string(kMagic) + std::to_string(version) + " " + std::to_string(head.size()) + " ";
  Blake2bHasher hasher;
  // Version 1 covers the head alone.
  if (version > 1) hasher.Update(line);
  hasher.Update(head);
  return line + ToHex(hasher.Finish()) + "\n";
}

struct Line {
  int version = 0;
  std::size_t line_bytes = 0;
  std::size_t head_bytes = 0;
};

// A number up to the next space, which goes, too.
template <typename T>
bool TakeNumber(std::string_view& line, T& value) {
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr == line.data() + line.size() || *parsed.ptr != ' ')
    return false;
  line.remove_prefix(static_cast<std::size_t>(parsed.ptr - line.data()) + 1);
  return true;
}

Result<Line> ParseLine(std::string_view front) {
  const auto end = front.substr(0, kMaxLineBytes).find('\n');
  if (!front.starts_with(kMagic) || end == std::string_view::npos) {
    return Fail(Errc::kRepositoryCorrupt,
                "the file does not begin with the first line of a manifest");
  }
  std::string_view text = front.substr(kMagic.size(), end - kMagic.size());
  Line line;
  line.line_bytes = end + 1;
  if (!TakeNumber(text, line.version) || !TakeNumber(text, line.head_bytes) || line.version < 1 ||
      line.head_bytes > kMaxManifestHeadBytes) {
    return Fail(Errc::kRepositoryCorrupt, "the manifest's first line is damaged");
  }
  return line;
}

// The words of an enumeration, in the order of its values.
constexpr std::array<std::string_view, 3> kConditions = {"complete", "damaged", "config_only"};
constexpr std::array<std::string_view, 3> kFormats = {"v1", "v2", "none"};

// The members of a manifest's head, in the order in which they are written; `v` is a
// JsonWriter or a JsonReader.
template <typename Visitor, typename State>
void VisitState(Visitor& v, State& state) {
  v.Member("messages", state.messages);
  v.Member("bytes", state.bytes);
  v.Member("first_sequence", state.first_sequence);
  v.Member("first_time_ns", state.first_time_ns);
  v.Member("last_sequence", state.last_sequence);
  v.Member("last_time_ns", state.last_time_ns);
  v.Member("num_deleted", state.num_deleted);
  v.Member("num_subjects", state.num_subjects);
  v.Member("consumer_count", state.consumer_count);
}

template <typename Visitor, typename Head>
void VisitHead(Visitor& v, Head& head) {
  auto& facts = head.facts;
  v.Member("id", facts.id);
  v.Member("account", facts.account);
  v.Member("stream", facts.stream);
  v.Member("lineage", facts.lineage);
  v.Member("kind", facts.kind);
  v.Member("based_on", facts.based_on);
  v.Word("condition", facts.condition, kConditions);
  v.Member("started_ns", facts.started_ns);
  v.Member("completed_ns", facts.completed_ns);
  v.Member("stream_created", facts.stream_created);
  v.Object("state", [&](auto& inner) { VisitState(inner, facts.state); });
  if (v.version() >= 2) {
    v.Object("cut", [&](auto& inner) {
      inner.Member("exact", facts.exact_cut);
      inner.Member("time_ns", facts.cut_time_ns);
    });
    v.List("anchors", kMaxAnchors, facts.anchors, [](auto& inner, auto& anchor) {
      inner.Member("sequence", anchor.sequence);
      inner.Member("time_ns", anchor.timestamp_ns);
      inner.Member("digest", anchor.digest);
    });
  }
  v.Object("server", [&](auto& inner) {
    inner.Member("version", facts.server.version);
    inner.Member("name", facts.server.name);
    inner.Member("cluster", facts.server.cluster);
    inner.Member("max_payload", facts.server.max_payload);
  });
  v.Word("archive_format", facts.archive_format, kFormats);
  v.Member("tool_version", facts.tool_version);
  v.Optional("largest_message", facts.largest_message);
  v.Member("raw_bytes", head.raw_bytes);
  v.Member("segment_bytes", head.segment_bytes);
  v.Member("consumers", head.consumers);
  v.Member("lost_messages", head.lost_messages);
  v.List("sections", kMaxSections, head.sections, [](auto& inner, auto& section) {
    inner.Member("name", section.name);
    inner.Member("bytes", section.bytes);
    inner.Member("raw_bytes", section.raw_bytes);
    inner.Member("digest", section.digest);
  });
}

Result<ManifestHead> FromJson(const Json& json, int version) {
  ManifestHead head;
  JsonReader reader(json, version, "the manifest");
  VisitHead(reader, head);
  JETKEEP_TRY(reader.Done());
  const ManifestFacts& facts = head.facts;
  if (!IsBackupId(facts.id) || !IsBackupId(facts.lineage) ||
      (!facts.based_on.empty() && !IsBackupId(facts.based_on))) {
    return Fail(Errc::kRepositoryCorrupt, "an id in the manifest is not valid");
  }
  const bool config_only = facts.condition == BackupCondition::kConfigOnly;
  if (config_only != (version >= kConfigManifestVersion) ||
      (config_only && (facts.state.messages != 0 || head.segment_bytes != 0))) {
    return Fail(Errc::kRepositoryCorrupt,
                "the manifest's condition is not one that its version and its messages can have");
  }
  return head;
}

}  // namespace

Result<std::string> EncodeManifestHead(const ManifestHead& head) {
  if (head.facts.anchors.size() > kMaxAnchors) {
    return Fail(Errc::kInternal, "the manifest has too many anchors");
  }
  const bool config_only = head.facts.condition == BackupCondition::kConfigOnly;
  const int version = config_only ? kConfigManifestVersion : kManifestVersion;
  JsonWriter writer(version);
  VisitHead(writer, head);
  JETKEEP_ASSIGN(std::string text, DumpJson(writer.json()));
  text.push_back('\n');
  if (text.size() > kMaxManifestHeadBytes) {
    return Fail(Errc::kInternal, "the head of the manifest is too long");
  }
  return LineFor(version, text) + text;
}

Result<std::size_t> ManifestHeadBytes(std::string_view front) {
  JETKEEP_ASSIGN(const Line line, ParseLine(front));
  return line.line_bytes + line.head_bytes;
}

Result<ManifestHead> ParseManifestHead(std::string_view front, std::uint64_t file_bytes) {
  JETKEEP_ASSIGN(const Line line, ParseLine(front));
  const std::string_view text = front.substr(line.line_bytes, line.head_bytes);
  // Spelt again and compared, so that no other way to write the same line passes.
  if (text.size() != line.head_bytes ||
      LineFor(line.version, text) != front.substr(0, line.line_bytes)) {
    return Fail(Errc::kRepositoryCorrupt, "the digest of the manifest's head is wrong");
  }
  if (line.version > kConfigManifestVersion) {
    return Fail(Errc::kRepositoryUnsupported,
                "the manifest has version " + std::to_string(line.version), "Use a newer jetkeep.");
  }
  JETKEEP_ASSIGN(const Json json, ParseJson(text));
  JETKEEP_ASSIGN(ManifestHead head, FromJson(json, line.version));
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
  const ManifestFacts& manifest = head.facts;
  BackupSummary summary;
  summary.id = manifest.id;
  summary.account = manifest.account;
  summary.stream = manifest.stream;
  summary.lineage = manifest.lineage;
  summary.kind = manifest.kind;
  summary.condition = manifest.condition;
  summary.exact_cut = manifest.exact_cut;
  summary.cut_time_ns = manifest.cut_time_ns;
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

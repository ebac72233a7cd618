#include "protocol/repository/manifest.h"

#include <functional>
#include <set>
#include <utility>

#include "protocol/codec/little_endian.h"
#include "protocol/repository/consumer_codec.h"
#include "protocol/repository/json_fields.h"
#include "protocol/repository/json_visitors.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest_head.h"
#include "protocol/repository/section.h"
#include "protocol/sequences/ranges_codec.h"

namespace jetkeep {
namespace {

// Manifests are small; good compression costs nothing there.
constexpr int kLevel = 6;
// A damaged stream may give millions of complaints of one kind.
constexpr std::size_t kMaxNotes = 1000;
// Of one section, decoded: a manifest cannot ask for more memory than these allow.
constexpr std::uint64_t kMaxTextBytes = 64 * 1024 * 1024;
constexpr std::uint64_t kMaxRangesBytes = 64 * 1024 * 1024;
constexpr std::uint64_t kMaxConsumersBytes = 256 * 1024 * 1024;

std::uint64_t MostRawBytes(std::string_view section) {
  if (section == "consumers") return kMaxConsumersBytes;
  return section == "deleted" || section == "lost" ? kMaxRangesBytes : kMaxTextBytes;
}

using FillSection = std::function<Status(SectionWriter&)>;

// Collects sections and their entries in the head; empty ones are left out.
class SectionList {
 public:
  explicit SectionList(ManifestHead& head) : head_(head), compressor_(kLevel) {}

  Status Add(std::string name, const FillSection& fill) {
    const std::size_t begin = bytes_.size();
    SectionWriter writer(bytes_, compressor_);
    JETKEEP_TRY(fill(writer));
    JETKEEP_TRY(writer.Finish());
    const std::string_view section = std::string_view(bytes_).substr(begin);
    if (section.empty()) return {};
    if (writer.raw_bytes() > MostRawBytes(name)) {
      return Fail(Errc::kInternal, "section " + name + " of the manifest needs " +
                                       std::to_string(writer.raw_bytes()) + " bytes");
    }
    head_.sections.push_back(
        {std::move(name), section.size(), writer.raw_bytes(), Blake2b(section)});
    return {};
  }
  Status AddText(std::string name, std::string_view text) {
    return Add(std::move(name), [&](SectionWriter& writer) -> Status {
      for (; !text.empty(); text.remove_prefix(std::min(text.size(), kSectionChunkBytes))) {
        JETKEEP_TRY(writer.Append(text.substr(0, kSectionChunkBytes)));
      }
      return {};
    });
  }
  Status AddRanges(std::string name, const SequenceSet& set) {
    return Add(std::move(name), [&](SectionWriter& writer) {
      return EncodeRangesInPieces(set, kSectionChunkBytes,
                                  [&](std::string_view piece) { return writer.Append(piece); });
    });
  }
  Status AddConsumers(std::string name, const std::vector<ConsumerBackup>& consumers) {
    return Add(std::move(name), [&](SectionWriter& writer) -> Status {
      for (const ConsumerBackup& consumer : consumers) {
        JETKEEP_TRY(writer.Append(EncodeConsumer(consumer)));
      }
      return {};
    });
  }
  const std::string& bytes() const { return bytes_; }

 private:
  ManifestHead& head_;
  ZstdCompressor compressor_;
  std::string bytes_;
};

template <typename Visitor, typename Segment>
void VisitSegment(Visitor& v, Segment& segment) {
  v.Member("name", segment.name);
  v.Member("first_sequence", segment.first_sequence);
  v.Member("last_sequence", segment.last_sequence);
  v.Member("records", segment.records);
  v.Member("raw_bytes", segment.raw_bytes);
  v.Member("stored_bytes", segment.stored_bytes);
  v.Member("blocks", segment.blocks);
  v.Member("digest", segment.digest);
}

template <typename Visitor, typename Damage>
void VisitDamage(Visitor& v, Damage& damage) {
  v.Member("where", damage.where);
  v.Member("what", damage.what);
  v.Member("sequence", damage.sequence);
}

std::string SegmentsToText(const std::vector<SegmentRef>& segments) {
  if (segments.empty()) return {};
  Json json = Json::array();
  for (const SegmentRef& segment : segments) {
    JsonWriter writer(kManifestVersion);
    VisitSegment(writer, segment);
    json.push_back(writer.json());
  }
  return json.dump();
}

Status SegmentsFromText(std::string_view text, std::vector<SegmentRef>& segments) {
  JETKEEP_ASSIGN(const Json json, ParseJson(text));
  std::uint64_t before = 0;
  for (const Json& item : json) {
    SegmentRef segment;
    JsonReader reader(item, kManifestVersion, "a segment in the manifest");
    VisitSegment(reader, segment);
    JETKEEP_TRY(reader.Done());
    const auto name = ParseSegmentName(segment.name);
    if (!name || segment.first_sequence <= before ||
        segment.last_sequence < segment.first_sequence) {
      return Fail(Errc::kRepositoryCorrupt, "the segments in the manifest are not in order");
    }
    before = segment.last_sequence;
    segments.push_back(std::move(segment));
  }
  return {};
}

std::string NotesToText(const Manifest& manifest) {
  if (manifest.warnings.empty() && manifest.damage.empty()) return {};
  Json warnings = Json::array();
  for (const std::string& warning : manifest.warnings) {
    if (warnings.size() == kMaxNotes) break;
    warnings.push_back(warning);
  }
  Json damage = Json::array();
  for (const ArchiveDamage& item : manifest.damage) {
    if (damage.size() == kMaxNotes) break;
    JsonWriter writer(kManifestVersion);
    VisitDamage(writer, item);
    damage.push_back(writer.json());
  }
  if (manifest.damage.size() > kMaxNotes) {
    warnings.push_back("the backup keeps the first " + std::to_string(kMaxNotes) + " of " +
                       std::to_string(manifest.damage.size()) + " descriptions of damage");
  }
  // Text of a damaged archive may be anything.
  return Json{{"warnings", std::move(warnings)}, {"damage", std::move(damage)}}.dump(
      -1, ' ', false, Json::error_handler_t::replace);
}

Status NotesFromText(std::string_view text, Manifest& manifest) {
  JETKEEP_ASSIGN(const Json json, ParseJson(text));
  StoredFields fields(json);
  const Json& warnings = fields.Child("warnings", &Json::is_array);
  const Json& damage = fields.Child("damage", &Json::is_array);
  JETKEEP_TRY(fields.Done("the notes in the manifest"));
  for (const Json& warning : warnings) {
    if (!warning.is_string())
      return Fail(Errc::kRepositoryCorrupt, "a warning in the manifest is not text");
    manifest.warnings.push_back(warning.get_ref<const std::string&>());
  }
  for (const Json& item : damage) {
    ArchiveDamage entry;
    JsonReader reader(item, kManifestVersion, "a damage in the manifest");
    VisitDamage(reader, entry);
    JETKEEP_TRY(reader.Done());
    manifest.damage.push_back(std::move(entry));
  }
  return {};
}

Status ReadText(std::string_view bytes, const ManifestSection& section, std::string& text) {
  return ReadSection(bytes, section.raw_bytes, [&](std::string_view chunk) -> Status {
    text.append(chunk);
    return {};
  });
}

Status ReadRanges(std::string_view bytes, const ManifestSection& section, SequenceSet& set) {
  RangesDecoder decoder;
  return ReadSection(bytes, section.raw_bytes,
                     [&](std::string_view chunk) { return decoder.Decode(chunk, set); });
}

Status ReadOneSection(std::string_view bytes, const ManifestSection& section, Manifest& manifest) {
  if (Blake2b(bytes) != section.digest)
    return Fail(Errc::kRepositoryCorrupt, "the digest is wrong");
  if (section.name.starts_with("must_")) {
    return Fail(Errc::kRepositoryUnsupported,
                "this version does not know it and must not ignore it", "Use a newer jetkeep.");
  }
  if (section.raw_bytes > MostRawBytes(section.name)) {
    return Fail(Errc::kRepositoryCorrupt, "it has " + std::to_string(section.raw_bytes) +
                                              " bytes, more than any writer makes");
  }
  std::string text;
  if (section.name == "config") return ReadText(bytes, section, manifest.config_json);
  if (section.name == "state") return ReadText(bytes, section, manifest.state_json);
  if (section.name == "origin") return ReadText(bytes, section, manifest.origin_json);
  if (section.name == "deleted") return ReadRanges(bytes, section, manifest.deleted);
  if (section.name == "lost") return ReadRanges(bytes, section, manifest.lost);
  if (section.name == "consumers") {
    return ReadSection(bytes, section.raw_bytes, [&](std::string_view chunk) {
      return DecodeConsumers(chunk, manifest.consumers);
    });
  }
  if (section.name == "segments") {
    JETKEEP_TRY(ReadText(bytes, section, text));
    return SegmentsFromText(text, manifest.segments);
  }
  if (section.name == "notes") {
    JETKEEP_TRY(ReadText(bytes, section, text));
    return NotesFromText(text, manifest);
  }
  return {};  // of a newer version
}

ManifestHead HeadOf(const Manifest& manifest) {
  ManifestHead head;
  head.facts = manifest;
  head.raw_bytes = manifest.RawBytes();
  head.segment_bytes = manifest.SegmentBytes();
  head.consumers = manifest.consumers.size();
  head.lost_messages = manifest.lost.Count();
  return head;
}

}  // namespace

Digest AnchorDigest(std::string_view subject, std::string_view headers, std::string_view payload) {
  Blake2bHasher hasher;
  for (const std::string_view part : {subject, headers, payload}) {
    char length[8];
    StoreU64(length, part.size());
    hasher.Update(std::string_view(length, sizeof length));
    hasher.Update(part);
  }
  return hasher.Finish();
}

Status CheckHasMessages(const ManifestFacts& manifest) {
  if (manifest.condition != BackupCondition::kConfigOnly) return {};
  return Fail(Errc::kBackupNotFound,
              "backup " + manifest.id + " holds the configuration of stream " + manifest.stream +
                  " and no messages",
              "Take a backup with messages; `jetkeep config-export` writes the configuration of "
              "this one as files.");
}

std::uint64_t Manifest::SegmentBytes() const {
  std::uint64_t bytes = 0;
  for (const SegmentRef& segment : segments) bytes += segment.stored_bytes;
  return bytes;
}

std::uint64_t Manifest::RawBytes() const {
  std::uint64_t bytes = 0;
  for (const SegmentRef& segment : segments) bytes += segment.raw_bytes;
  return bytes;
}

BackupSummary Manifest::Summary() const { return SummaryOf(HeadOf(*this), file_bytes); }

Result<std::string> EncodeManifest(const Manifest& manifest) {
  ManifestHead head = HeadOf(manifest);
  SectionList sections(head);
  JETKEEP_TRY(sections.AddText("config", manifest.config_json));
  JETKEEP_TRY(sections.AddText("state", manifest.state_json));
  JETKEEP_TRY(sections.AddText("segments", SegmentsToText(manifest.segments)));
  JETKEEP_TRY(sections.AddConsumers("consumers", manifest.consumers));
  JETKEEP_TRY(sections.AddRanges("deleted", manifest.deleted));
  JETKEEP_TRY(sections.AddRanges("lost", manifest.lost));
  JETKEEP_TRY(sections.AddText("notes", NotesToText(manifest)));
  JETKEEP_TRY(sections.AddText("origin", manifest.origin_json));

  JETKEEP_ASSIGN(std::string file, EncodeManifestHead(head));
  file += sections.bytes();
  if (file.size() > kMaxManifestBytes) {
    return Fail(Errc::kInternal, "the manifest needs " + std::to_string(file.size()) + " bytes");
  }
  return file;
}

Result<Manifest> DecodeManifest(std::string_view file) {
  JETKEEP_ASSIGN(ManifestHead head, ParseManifestHead(file, file.size()));
  Manifest manifest;
  static_cast<ManifestFacts&>(manifest) = std::move(head.facts);
  manifest.file_bytes = file.size();
  std::size_t at = head.head_end;
  std::set<std::string_view> names;
  for (const ManifestSection& section : head.sections) {
    const auto bytes = file.substr(at, static_cast<std::size_t>(section.bytes));
    at += bytes.size();
    if (!names.insert(section.name).second)
      return Fail(Errc::kRepositoryCorrupt, "the manifest has a section twice");
    Status read = ReadOneSection(bytes, section, manifest);
    if (!read) return Fail(std::move(read).error().Within("section " + section.name.substr(0, 32)));
  }
  if (manifest.consumers.size() != head.consumers || manifest.lost.Count() != head.lost_messages ||
      manifest.SegmentBytes() != head.segment_bytes || manifest.RawBytes() != head.raw_bytes) {
    return Fail(Errc::kRepositoryCorrupt, "the manifest's head and sections disagree");
  }
  return manifest;
}

}  // namespace jetkeep

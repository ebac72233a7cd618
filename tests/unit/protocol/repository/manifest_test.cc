#include "protocol/repository/manifest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "protocol/codec/little_endian.h"
#include "protocol/repository/segment.h"
#include "tests/support/sanitized.h"

namespace jetkeep {
namespace {

constexpr char kId[] = "20261121T012410Z-7k2m9qdx";

Manifest Sample() {
  Manifest manifest;
  manifest.id = kId;
  manifest.account = "$G";
  manifest.stream = "ORDERS";
  manifest.lineage = kId;
  manifest.state.first_sequence = 1;
  manifest.state.last_sequence = 20'000'000;
  manifest.config_json = "{ \"name\" :\"ORDERS\",\"must_not\":1}";
  manifest.server = {"2.10.27", "n1", "c", 1048576};
  return manifest;
}

TEST(Manifest, BringsBackAllFields) {
  Manifest manifest = Sample();
  manifest.condition = BackupCondition::kDamaged;
  manifest.archive_format = ArchiveFormat::kV2Natsarc;
  manifest.segments.push_back({std::string(kId) + "-000001", 1, 9, 7, 700, 400, 1, Blake2b("x")});
  manifest.lost.AddRange(4, 5);
  manifest.damage.push_back({"block 3", "bad \xff text", 4});
  manifest.warnings.push_back("a consumer was rebuilt");
  manifest.exact_cut = true;
  manifest.cut_time_ns = 1'795'224'250'500'000'000;
  manifest.anchors = {{9, -7, AnchorDigest("a", "", "b")}, {1, 5, AnchorDigest("", "a", "b")}};
  ConsumerBackup consumer{"worker", "{}", "2026-11-21T01:24:10Z", {}, ConsumerOrigin::kServer};
  consumer.state.delivered = {~std::uint64_t{0}, 1};
  for (std::uint64_t s = 1; s <= 100'000; ++s)
    consumer.state.pending.Append(s * 3, {s, -5 + static_cast<std::int64_t>(s)});
  consumer.state.redelivered.Append(3, 7);
  manifest.consumers.push_back(consumer);
  const auto bytes = EncodeManifest(manifest);
  ASSERT_TRUE(bytes);
  const auto back = DecodeManifest(*bytes);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->config_json, manifest.config_json);
  EXPECT_TRUE(back->exact_cut);
  EXPECT_EQ(back->cut_time_ns, manifest.cut_time_ns);
  ASSERT_EQ(back->anchors.size(), 2u);
  EXPECT_EQ(back->anchors[0].timestamp_ns, -7);
  EXPECT_EQ(back->anchors[0].digest, manifest.anchors[0].digest);
  EXPECT_NE(back->anchors[0].digest, back->anchors[1].digest);
  EXPECT_EQ(back->lost, manifest.lost);
  EXPECT_EQ(back->segments[0].digest, manifest.segments[0].digest);
  EXPECT_EQ(back->consumers[0].state, consumer.state);
  EXPECT_EQ(back->consumers[0].origin, ConsumerOrigin::kServer);
  EXPECT_EQ(back->damage.size(), 1u);
  EXPECT_EQ(back->warnings, manifest.warnings);
  EXPECT_EQ(back->server.version, "2.10.27");
  const auto summary =
      ParseManifestSummary(std::string_view(*bytes).substr(0, kManifestHeadGuess), bytes->size());
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->stored_bytes, 400 + bytes->size());
  EXPECT_EQ(summary->lost_messages, 2u);
  EXPECT_TRUE(summary->exact_cut);
  EXPECT_EQ(summary->cut_time_ns, manifest.cut_time_ns);
}

// A manifest with another head, or as another version would seal it.
std::string Reseal(const std::string& head, int version) {
  const std::string line =
      "JETKEEP-MANIFEST " + std::to_string(version) + " " + std::to_string(head.size()) + " ";
  return line + ToHex(Blake2b(line + head)) + "\n" + head;
}

std::string HeadOf(const std::string& manifest) {
  const std::size_t line = manifest.find('\n') + 1;
  return manifest.substr(line, manifest.find('\n', line) + 1 - line);
}

TEST(Manifest, ANewerVersionIsToldFromDamage) {
  const std::string bytes = *EncodeManifest(Sample());
  const std::string head = HeadOf(bytes);
  const std::string sections = bytes.substr(bytes.find('\n') + 1 + head.size());
  ASSERT_EQ(Reseal(head, 2) + sections, bytes);
  const auto newer = DecodeManifest(Reseal(head, 4) + sections);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Errc::kRepositoryUnsupported);
  std::string damaged = bytes;
  damaged[17] = '3';
  EXPECT_EQ(DecodeManifest(damaged).error().code, Errc::kRepositoryCorrupt);
}

// A program that knows version 2 only must not take it for a backup without messages.
TEST(Manifest, ConfigurationsAloneHaveAVersionOfTheirOwn) {
  Manifest manifest = Sample();
  manifest.state = {};
  manifest.condition = BackupCondition::kConfigOnly;
  manifest.kind = kConfigKind;
  const std::string bytes = *EncodeManifest(manifest);
  EXPECT_TRUE(bytes.starts_with("JETKEEP-MANIFEST 3 "));
  const auto back = DecodeManifest(bytes);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->condition, BackupCondition::kConfigOnly);
  EXPECT_EQ(back->config_json, manifest.config_json);
  EXPECT_FALSE(CheckHasMessages(*back));
  EXPECT_TRUE(CheckHasMessages(Sample()));

  // Neither has the other's version.
  const std::string head = HeadOf(bytes);
  const std::string sections = bytes.substr(bytes.find('\n') + 1 + head.size());
  EXPECT_EQ(DecodeManifest(Reseal(head, 2) + sections).error().code, Errc::kRepositoryCorrupt);
  const std::string full = *EncodeManifest(Sample());
  const std::string of_full = full.substr(full.find('\n') + 1 + HeadOf(full).size());
  EXPECT_EQ(DecodeManifest(Reseal(HeadOf(full), 3) + of_full).error().code,
            Errc::kRepositoryCorrupt);
  // Nor messages.
  manifest.state.messages = 1;
  EXPECT_EQ(DecodeManifest(*EncodeManifest(manifest)).error().code, Errc::kRepositoryCorrupt);
}

TEST(Manifest, UnknownMembersAreIgnoredUnlessTheyMustBeUnderstood) {
  const std::string bytes = *EncodeManifest(Sample());
  const std::string head = HeadOf(bytes);
  const std::string sections = bytes.substr(bytes.find('\n') + 1 + head.size());
  const std::string more = "{\"points\":[1],\"kind\":\"continuous\"," +
                           head.substr(1, head.find("\"kind\"") - 1) +
                           head.substr(head.find("\"based_on\""));
  const auto known = DecodeManifest(Reseal(more, 2) + sections);
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_EQ(known->kind, "continuous");
  const auto must = DecodeManifest(Reseal("{\"must_decrypt\":1," + head.substr(1), 2) + sections);
  ASSERT_FALSE(must);
  EXPECT_EQ(must.error().code, Errc::kRepositoryUnsupported);
}

TEST(Manifest, KeepsABoundedNumberOfAnchors) {
  Manifest manifest = Sample();
  manifest.anchors.resize(kMaxAnchors);
  const auto most = EncodeManifest(manifest);
  ASSERT_TRUE(most);
  EXPECT_TRUE(DecodeManifest(*most));
  manifest.anchors.resize(kMaxAnchors + 1);
  EXPECT_FALSE(EncodeManifest(manifest));
}

TEST(Manifest, TenMillionScatteredDeletesAreSmall) {
  Manifest manifest = Sample();
  const std::uint64_t last = kSanitized ? 2'000'000 : 20'000'000;
  for (std::uint64_t s = 2; s <= last; s += 2) manifest.deleted.Add(s);
  const auto bytes = EncodeManifest(manifest);
  ASSERT_TRUE(bytes);
  EXPECT_LT(bytes->size(), 100'000u);
  const auto back = DecodeManifest(*bytes);
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->deleted == manifest.deleted);
}

// A manifest of a few bytes cannot ask for any amount of memory: neither by one section that
// decodes to too much, nor by many of one name.
TEST(Manifest, WhatItDecodesToIsBounded) {
  Manifest manifest = Sample();
  manifest.deleted.AddRange(3, 9);
  const std::string bytes = *EncodeManifest(manifest);
  const std::string head = HeadOf(bytes);
  const std::string sections = bytes.substr(bytes.find('\n') + 1 + head.size());
  ASSERT_TRUE(DecodeManifest(Reseal(head, 2) + sections));
  for (const auto& [name, most] :
       {std::pair<std::string, std::uint64_t>{"deleted", 64 << 20}, {"config", 64 << 20}}) {
    const auto at = head.find("\"raw_bytes\":", head.find("\"name\":\"" + name)) + 12;
    for (const std::uint64_t raw : {most, most + 1, ~std::uint64_t{0}}) {
      std::string larger = head;
      larger.replace(at, head.find(',', at) - at, std::to_string(raw));
      const auto decoded = DecodeManifest(Reseal(larger, 2) + sections);
      ASSERT_FALSE(decoded);
      EXPECT_EQ(decoded.error().code, Errc::kRepositoryCorrupt);
      EXPECT_EQ(decoded.error().message.find("more than any writer makes") != std::string::npos,
                raw > most)
          << name << ": " << decoded.error().message;
    }
  }
  const auto last = head.rfind("{\"name\"");
  const auto end = head.rfind(']');
  const std::string again = head.substr(last, end - last);
  std::string twice = head;
  twice.insert(end, "," + again);
  const auto doubled =
      DecodeManifest(Reseal(twice, 2) + sections + sections.substr(sections.size() - 10));
  ASSERT_FALSE(doubled);
  EXPECT_NE(doubled.error().message.find("twice"), std::string::npos) << doubled.error().message;
}

TEST(Manifest, EveryFlippedBitIsFound) {
  Manifest manifest = Sample();
  manifest.deleted.AddRange(3, 9);
  const std::string bytes = *EncodeManifest(manifest);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeManifest(damaged)) << "bit " << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(DecodeManifest(bytes.substr(0, size)));
  EXPECT_FALSE(DecodeManifest(bytes + "x"));
}

TEST(Segment, TailGoldenBytes) {
  const SegmentId id = SegmentIdOf(std::string(kId) + "-000001");
  EXPECT_EQ(EncodeSegmentHeader(id).substr(0, 16), std::string("JETKSEG\n\x02\0\0\0\0\0\0\0", 16));
  BlockInfo info;
  info.first_sequence = 1;
  info.last_sequence = 2;
  info.first_time_ns = 5;
  info.offset = kSegmentHeaderBytes;
  info.raw_bytes = 4;
  info.records = 2;
  char header[kBlockHeaderBytes];
  EncodeBlockHeader(id, 0, {"abcd"}, info, header);
  const std::string file_header = EncodeSegmentHeader(id);
  const SegmentTail tail = EncodeSegmentTail(id, {info});
  const std::uint64_t size = kSegmentHeaderBytes + kBlockHeaderBytes + 4 + tail.bytes.size();
  const std::string_view index = std::string_view(tail.bytes).substr(0, kIndexEntryBytes);
  const std::string_view footer = std::string_view(tail.bytes).substr(kIndexEntryBytes);
  ASSERT_TRUE(ParseSegmentFooter(footer, size));
  const auto parsed = ParseSegmentIndex(id, file_header, index, footer);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_TRUE(parsed->areas.empty());
  const std::vector<BlockInfo>& blocks = parsed->blocks;
  const std::string block = std::string(header, kBlockHeaderBytes) + "abcd";
  EXPECT_TRUE(CheckBlock(id, 0, blocks.front(), block));
  EXPECT_FALSE(CheckBlock(id, 1, blocks.front(), block)) << "a block in another place";
  EXPECT_FALSE(ParseSegmentFooter(footer, size + 1));
}

// The end of a segment as another version might write it: entries of `entry_bytes`, a list of
// areas.
struct OtherTail {
  int version = 2;
  std::uint16_t entry_bytes = kIndexEntryBytes;
  std::string list = {};
  std::uint64_t area_bytes = 0;
};

Result<SegmentIndex> ParseOther(const OtherTail& other) {
  const SegmentId id = SegmentIdOf(std::string(kId) + "-000001");
  BlockInfo info;
  info.first_sequence = info.last_sequence = 1;
  info.offset = kSegmentHeaderBytes;
  info.raw_bytes = info.stored_bytes = 4;
  info.records = 1;
  const std::string made = EncodeSegmentTail(id, {info}).bytes;
  std::string tail = made.substr(0, kIndexEntryBytes);
  tail.resize(other.entry_bytes, 'x');
  tail += other.list;
  std::string footer = made.substr(kIndexEntryBytes);
  const std::uint64_t index_offset = kSegmentHeaderBytes + kBlockHeaderBytes + 4 + other.area_bytes;
  StoreU16(footer.data() + 8, static_cast<std::uint16_t>(other.version));
  StoreU16(footer.data() + 10, other.version == 1 ? 0 : other.entry_bytes);
  StoreU64(footer.data() + 16, index_offset);
  StoreU64(footer.data() + 24, tail.size());
  const std::string header = EncodeSegmentHeader(id, other.version);
  const Digest digest = Blake2b(header + tail + footer.substr(0, 48));
  std::copy(digest.begin(), digest.end(), footer.begin() + 48);
  const auto parsed = ParseSegmentFooter(footer, index_offset + tail.size() + kSegmentFooterBytes);
  if (!parsed) return Fail(parsed.error());
  return ParseSegmentIndex(id, header, tail, footer);
}

std::string AreaEntry(const std::string& name, std::uint64_t bytes) {
  std::string entry(1, static_cast<char>(name.size()));
  entry += name + std::string(8 + 32, '\0');
  StoreU64(entry.data() + 1 + name.size(), bytes);
  return entry;
}

TEST(Segment, ReadsWhatLaterVersionsMayAdd) {
  EXPECT_TRUE(ParseOther({}));
  EXPECT_TRUE(ParseOther({.version = 1}));
  EXPECT_TRUE(ParseOther({.entry_bytes = 96}));
  const auto areas =
      ParseOther({.list = AreaEntry("subjects", 10) + AreaEntry("keys", 5), .area_bytes = 15});
  ASSERT_TRUE(areas) << areas.error().message;
  ASSERT_EQ(areas->areas.size(), 2u);
  EXPECT_EQ(areas->areas[1].name, "keys");
  EXPECT_EQ(areas->areas[1].offset, areas->areas[0].offset + 10);
  EXPECT_EQ(ParseOther({.list = AreaEntry("must_key", 1), .area_bytes = 1}).error().code,
            Errc::kRepositoryUnsupported);
  EXPECT_EQ(ParseOther({.version = 3}).error().code, Errc::kRepositoryUnsupported);
}

TEST(Segment, RefusesListsThatDoNotFit) {
  for (const OtherTail& other :
       std::vector<OtherTail>{{.area_bytes = 1},
                              {.list = AreaEntry("a", 2), .area_bytes = 1},
                              {.list = AreaEntry("a", ~std::uint64_t{0}), .area_bytes = 1},
                              {.list = AreaEntry("a", 1).substr(0, 20), .area_bytes = 1},
                              {.list = std::string(1, '\0'), .area_bytes = 0},
                              {.version = 1, .list = AreaEntry("a", 1), .area_bytes = 1},
                              {.entry_bytes = 136}}) {
    const auto parsed = ParseOther(other);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Errc::kRepositoryCorrupt) << parsed.error().message;
  }
}

}  // namespace
}  // namespace jetkeep

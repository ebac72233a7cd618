#include "protocol/repository/manifest.h"

#include <gtest/gtest.h>

#include <string>

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
  ConsumerBackup consumer{"worker", "{}", "2026-11-21T01:24:10Z", {}, ConsumerOrigin::kServer};
  consumer.state.delivered = {~std::uint64_t{0}, 1};
  for (std::uint64_t s = 1; s <= 100'000; ++s)
    consumer.state.pending[s * 3] = {s, -5 + static_cast<std::int64_t>(s)};
  consumer.state.redelivered[3] = 7;
  manifest.consumers.push_back(consumer);
  const auto bytes = EncodeManifest(manifest);
  ASSERT_TRUE(bytes);
  const auto back = DecodeManifest(*bytes);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->config_json, manifest.config_json);
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
  EXPECT_EQ(EncodeSegmentHeader(id).substr(0, 16), std::string("JETKSEG\n\x01\0\0\0\0\0\0\0", 16));
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
  const auto blocks = ParseSegmentIndex(id, file_header, index, footer);
  ASSERT_TRUE(blocks) << blocks.error().message;
  const std::string block = std::string(header, kBlockHeaderBytes) + "abcd";
  EXPECT_TRUE(CheckBlock(id, 0, blocks->front(), block));
  EXPECT_FALSE(CheckBlock(id, 1, blocks->front(), block)) << "a block in another place";
  EXPECT_FALSE(ParseSegmentFooter(footer, size + 1));
}

}  // namespace
}  // namespace jetkeep

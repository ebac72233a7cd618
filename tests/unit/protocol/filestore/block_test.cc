// Blocks as servers of all versions left them on their disks, whole and damaged. Stream P holds
// messages 1 to 6, of which 2 was erased and 4 deleted; stream S holds 12 of 3,000 bytes, and its
// first block, with ten of them, is compressed.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "protocol/filestore/block_image.h"
#include "protocol/filestore/block_scanner.h"
#include "protocol/v1/block_encoder.h"

namespace jetkeep::filestore {
namespace {

std::string Contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::map<std::string, std::string> Blocks(const std::string& ending) {
  std::map<std::string, std::string> blocks;
  for (const auto& entry : std::filesystem::directory_iterator(FILESTORE_TESTDATA)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(ending)) blocks[name] = Contents(entry.path());
  }
  return blocks;
}

struct Found {
  std::map<std::uint64_t, std::string> messages;  // subject, headers, payload
  std::vector<std::uint64_t> erased;
  std::vector<std::uint64_t> tombstones;
  std::vector<BlockItem> damage;
};

Found Scan(std::string_view stream, std::uint32_t number, std::string_view bytes) {
  Found found;
  BlockScanner scanner(stream, number, bytes);
  BlockItem item;
  while (scanner.Next(item)) {
    switch (item.kind) {
      case BlockItemKind::kRecord:
        found.messages[item.sequence] = std::string(item.record.subject) +
                                        std::string(item.record.headers) +
                                        std::string(item.record.payload);
        break;
      case BlockItemKind::kErased:
        found.erased.push_back(item.sequence);
        break;
      case BlockItemKind::kTombstone:
        found.tombstones.push_back(item.sequence);
        break;
      case BlockItemKind::kDamage:
        found.damage.push_back(item);
        break;
    }
  }
  return found;
}

TEST(FilestoreBlockTest, ThePlainBlocksOfAllVersionsAreRead) {
  const auto blocks = Blocks("-plain.blk");
  ASSERT_EQ(blocks.size(), 7U);
  for (const auto& [name, bytes] : blocks) {
    SCOPED_TRACE(name);
    const BlockImage image = UnpackBlock(bytes);
    EXPECT_FALSE(image.compressed);
    EXPECT_EQ(image.problem, "");
    const Found found = Scan("P", 1, image.bytes);
    EXPECT_TRUE(found.damage.empty());
    EXPECT_EQ(found.erased, std::vector<std::uint64_t>{2});
    if (!name.starts_with("2.9-")) {
      EXPECT_EQ(found.tombstones, (std::vector<std::uint64_t>{2, 4}));
    }
    ASSERT_EQ(found.messages.size(), 5U);
    EXPECT_EQ(found.messages.at(6), "p.6NATS/1.0\r\nA: b\r\n\r\nmessage 6");
  }
}

TEST(FilestoreBlockTest, TheCompressedBlocksOfAllVersionsAreRead) {
  const auto blocks = Blocks("-s2.blk");
  ASSERT_EQ(blocks.size(), 6U);
  for (const auto& [name, bytes] : blocks) {
    SCOPED_TRACE(name);
    const BlockImage image = UnpackBlock(bytes);
    EXPECT_TRUE(image.compressed);
    EXPECT_EQ(image.problem, "");
    const Found found = Scan("S", 1, image.bytes);
    EXPECT_TRUE(found.damage.empty());
    EXPECT_EQ(found.messages.size(), 10U);
    EXPECT_EQ(found.messages.at(10), "s.1" + std::string(3000, 'x'));
  }
}

TEST(FilestoreBlockTest, AnyByteThatIsWrongCostsOneRecordAndNoOther) {
  for (const auto& [name, bytes] : Blocks("-plain.blk")) {
    SCOPED_TRACE(name);
    const Found whole = Scan("P", 1, bytes);
    const std::size_t all = whole.messages.size() + whole.erased.size() + whole.tombstones.size();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const int flip : {1, 0x80, 0xff}) {
        std::string hurt = bytes;
        hurt[at] = static_cast<char>(hurt[at] ^ flip);
        const Found found = Scan("P", 1, hurt);
        // The lengths of subject and headers are in no checksum: only where these part can be
        // wrong.
        const std::size_t count =
            found.messages.size() + found.erased.size() + found.tombstones.size();
        ASSERT_LE(found.damage.size(), 1U) << at;
        ASSERT_EQ(count, all - found.damage.size()) << at;
        for (const auto& [sequence, message] : found.messages) {
          ASSERT_EQ(message, whole.messages.at(sequence)) << at;
        }
      }
    }
  }
}

TEST(FilestoreBlockTest, ABlockThatEndsAnywhereGivesWhatIsWholeInIt) {
  const std::string bytes = Blocks("-plain.blk").at("2.15-plain.blk");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Found found = Scan("P", 1, std::string_view(bytes).substr(0, size));
    EXPECT_LE(found.damage.size(), 1U) << size;
    if (!found.damage.empty()) {
      EXPECT_EQ(found.damage.at(0).offset + found.damage.at(0).size, size) << size;
    }
  }
}

TEST(FilestoreBlockTest, ADamagedCompressedBlockGivesWhatItsRecordsProve) {
  for (const auto& [name, bytes] : Blocks("-s2.blk")) {
    SCOPED_TRACE(name);
    const Found whole = Scan("S", 1, UnpackBlock(bytes).bytes);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string hurt = bytes;
      hurt[at] = static_cast<char>(hurt[at] ^ 0x11);
      const BlockImage image = UnpackBlock(hurt);
      const Found found = Scan("S", 1, image.bytes);
      if (found.messages.size() < whole.messages.size()) {
        EXPECT_TRUE(!image.problem.empty() || !found.damage.empty()) << at;
      }
      for (const auto& [sequence, message] : found.messages) {
        ASSERT_EQ(message, whole.messages.at(sequence)) << at;
      }
    }
  }
}

TEST(FilestoreBlockTest, RecordsOfOtherBlocksInsideAPayloadAreNotTaken) {
  v1::BlockEncoder inner("S");
  inner.Reset(2);
  inner.AppendMessage({9, 1, "a", {}, "b"});
  inner.AppendMessage({10, 1, "a", {}, "b"});
  v1::BlockEncoder outer("S");
  outer.AppendMessage({1, 1, "a", {}, inner.view()});
  outer.AppendMessage({2, 1, "a", {}, "last"});
  std::string block(outer.view());
  block[0] = static_cast<char>(block[0] ^ 0x55);
  const Found found = Scan("S", 1, block);
  EXPECT_EQ(found.messages.size(), 1U);
  EXPECT_TRUE(found.messages.contains(2));
}

// A block in which every place looks like the beginning of a long record.
TEST(FilestoreBlockTest, TheSearchForRecordsIsBounded) {
  std::string block;
  for (int i = 0; i < 60'000; ++i) block += std::string("\x00\x00\x08\x00", 4);
  const Found found = Scan("S", 1, block);
  EXPECT_EQ(found.damage.size(), 1U);
  EXPECT_TRUE(found.messages.empty());
}

}  // namespace
}  // namespace jetkeep::filestore

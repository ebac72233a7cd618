#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/v1/block_encoder.h"
#include "protocol/v1/block_parser.h"
#include "tests/unit/protocol/v1/recording_handler.h"

namespace jetkeep::v1 {
namespace {

std::vector<OwnedRecord> SomeRecords() {
  return {{5, 1'700'000'000'000'000'001, "a.b", "", "hello"},
          {6, -7, "x", "NATS/1.0\r\nA: b\r\n\r\n", ""},
          {8, 0, "", "", ""},
          {9, 12, "big", "NATS/1.0\r\n\r\n", std::string(70'000, 'z')}};
}

BlockEncoder Encode(const std::vector<OwnedRecord>& records, std::uint32_t number = 3) {
  BlockEncoder block("STREAM");
  block.Reset(number);
  for (const OwnedRecord& record : records) {
    EXPECT_TRUE(BlockEncoder::Fits(record.View()));
    block.AppendMessage(record.View());
  }
  return block;
}

RecordingHandler Parse(std::string_view block, std::size_t piece, std::uint32_t number = 3) {
  RecordingHandler found;
  BlockParser parser("STREAM", number, found);
  while (!block.empty()) {
    const std::string copy(block.substr(0, piece));
    EXPECT_TRUE(parser.Feed(copy));
    block.remove_prefix(copy.size());
  }
  EXPECT_TRUE(parser.Finish());
  EXPECT_EQ(parser.records(), found.records.size());
  return found;
}

TEST(V1Block, EveryRecordComesBackHoweverTheBytesAreCut) {
  const BlockEncoder block = Encode(SomeRecords());
  for (const std::size_t piece : {1U, 2U, 21U, 22U, 23U, 1000U, 1000000U}) {
    const RecordingHandler found = Parse(block.view(), piece);
    EXPECT_EQ(found.records, SomeRecords()) << piece;
    EXPECT_TRUE(found.damage.empty());
  }
}

TEST(V1Block, ErasedRecordsAreDeletedAndOutrankLaterRecordsOfTheSameSequence) {
  BlockEncoder block = Encode({{4, 1, "s", "", "p"}});
  block.AppendErased(5, 2);
  block.AppendMessage({5, 3, "s", "", "dead"});
  block.AppendMessage({4, 3, "s", "", "dead too"});
  const RecordingHandler found = Parse(block.view(), 1000);
  ASSERT_EQ(found.records.size(), 1u);
  EXPECT_EQ(found.records[0].payload, "p");
  EXPECT_TRUE(found.deleted.Contains(5));
  EXPECT_FALSE(found.deleted.Contains(4));
  EXPECT_TRUE(found.damage.empty());
}

TEST(V1Block, TombstonesDeleteTheirTargetInAnyOrder) {
  BlockEncoder block = Encode({{10, 1, "s", "", "p"}});
  block.AppendMessage({7 | kTombstoneBit, 2, "", "", ""});
  block.AppendMessage({11, 3, "s", "", "q"});
  const RecordingHandler found = Parse(block.view(), 1000);
  EXPECT_EQ(found.records.size(), 2u);
  EXPECT_TRUE(found.deleted.Contains(7));
  EXPECT_EQ(found.deleted.Count(), 1u);
}

TEST(V1Block, ARecordNotAboveTheBlocksBeforeIsDamage) {
  const BlockEncoder block = Encode({{4, 1, "s", "", "p"}, {5, 1, "s", "", "q"}});
  RecordingHandler found;
  BlockParser parser("STREAM", 3, found, 4);
  ASSERT_TRUE(parser.Feed(block.view()));
  ASSERT_TRUE(parser.Finish());
  ASSERT_EQ(found.damage.size(), 1u);
  EXPECT_EQ(found.damage[0].sequence, 4u);
  ASSERT_EQ(found.records.size(), 1u);
  EXPECT_EQ(found.records[0].sequence, 5u);
}

TEST(V1Block, AFlippedBitInContentIsDamageThatNamesTheSequenceAndTheRestIsRead) {
  const BlockEncoder block = Encode(SomeRecords());
  std::string bytes(block.view());
  bytes[kRecordHeaderSize + 4] ^= 1;
  const RecordingHandler found = Parse(bytes, 1'000'000);
  ASSERT_EQ(found.damage.size(), 1u);
  EXPECT_EQ(found.damage[0].where, "block 3 at offset 0");
  EXPECT_EQ(found.damage[0].sequence, 5u);
  EXPECT_EQ(found.records.size(), SomeRecords().size() - 1);
}

// The checksum does not cover the lengths of subject and headers, only what they cut apart: servers
// cannot tell either. Every other bit is covered.
TEST(V1Block, AnyFlippedBitThatTheChecksumCoversIsFound) {
  const std::vector<OwnedRecord> records = {{5, 1, "ab", "", "hello"},
                                            {6, 2, "x", "NATS/1.0\r\n\r\n", "y"}};
  const std::size_t second = kEmptyRecordSize + 7;
  const BlockEncoder block = Encode(records);
  for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
    const std::size_t byte = bit / 8;
    if (byte == 20 || byte == 21) continue;
    if (byte >= second + 20 && byte < second + 22) continue;
    if (byte >= second + 23 && byte < second + 27) continue;
    std::string bytes(block.view());
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const RecordingHandler found = Parse(bytes, 16);
    ASSERT_FALSE(found.damage.empty()) << "bit " << bit;
    ASSERT_EQ(found.damage[0].where.substr(0, 18), "block 3 at offset ") << "bit " << bit;
    for (const OwnedRecord& record : found.records) {
      ASSERT_TRUE(record == records[0] || record == records[1]) << "bit " << bit;
    }
  }
}

TEST(V1Block, AnyTruncationInsideARecordIsOneDamage) {
  const BlockEncoder block = Encode({{5, 1, "ab", "", "hello"}});
  for (std::size_t size = 1; size < block.size(); ++size) {
    const RecordingHandler found = Parse(block.view().substr(0, size), 1000);
    EXPECT_EQ(found.damage.size(), 1u) << size;
    EXPECT_TRUE(found.records.empty()) << size;
  }
}

TEST(V1Block, AnInsaneLengthLosesTheRestWithOneDamage) {
  BlockEncoder block = Encode({{5, 1, "ab", "", "hello"}});
  std::string bytes(block.view());
  bytes += std::string("\xff\xff\xff\x7f", 4) + std::string(100, 'x');
  bytes += std::string(block.view());
  const RecordingHandler found = Parse(bytes, 7);
  ASSERT_EQ(found.damage.size(), 1u);
  EXPECT_EQ(found.damage[0].where, "block 3 at offset " + std::to_string(block.size()));
  EXPECT_EQ(found.records.size(), 1u);
}

TEST(V1Block, ABlockOfAnotherNumberOrStreamIsDamage) {
  const BlockEncoder block = Encode(SomeRecords(), 3);
  EXPECT_EQ(Parse(block.view(), 1'000'000, 4).damage.size(), SomeRecords().size());
}

}  // namespace
}  // namespace jetkeep::v1

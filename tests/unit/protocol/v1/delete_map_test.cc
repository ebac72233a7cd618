#include "protocol/v1/delete_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "protocol/codec/varint.h"
#include "tests/unit/protocol/v1/recording_handler.h"

namespace jetkeep::v1 {
namespace {

// One subject, block 1 with 5..300 of which 7, 8 and 200 are deleted, block 2 with 310..320.
std::string IndexDb(char version) {
  std::string out = {11, version};
  for (const std::uint64_t value : {304U, 9000U, 5U}) PutUvarint(out, value);
  PutVarint(out, 1000);
  PutUvarint(out, 320);
  PutVarint(out, 2000);
  PutUvarint(out, 1);
  PutUvarint(out, 3);
  out += "a.b";
  PutUvarint(out, 304);
  PutUvarint(out, 1);
  PutUvarint(out, 2);
  PutUvarint(out, 2);
  for (const int block : {1, 2}) {
    PutUvarint(out, static_cast<std::uint64_t>(block));
    PutUvarint(out, 4500);
    PutUvarint(out, block == 1 ? 5 : 310);
    PutVarint(out, 0);
    PutUvarint(out, block == 1 ? 300 : 320);
    PutVarint(out, -1);
    PutUvarint(out, block == 1 ? 3 : 0);
    for (int extra = 2; extra <= std::min<int>(version, 3); ++extra) PutUvarint(out, 0);
    if (block == 1) {
      out += std::string("\x16\x02\x01\0\0\0\x03\0\0\0", 10);
      std::string node(8 + 32 * 8 + 2, '\0');
      for (const std::size_t bit : {7U, 8U, 200U}) {
        node[8 + bit / 8] = static_cast<char>(node[8 + bit / 8] | (1 << (bit % 8)));
      }
      out += node;
    }
  }
  PutUvarint(out, 2);
  out += "lastsums";
  char hash[8];
  StoreU64(hash, Highway64(NameKey("S"), {out}));
  return out + std::string(hash, 8);
}

DeleteMapReport Parse(std::string_view bytes, std::size_t piece, RecordingHandler& found) {
  IndexDbParser parser("S");
  for (std::size_t at = 0; at < bytes.size(); at += piece) parser.Feed(bytes.substr(at, piece));
  const auto report = parser.Finish(found);
  EXPECT_TRUE(report);
  return *report;
}

TEST(IndexDb, TellsWhatIsDeletedInEveryVersionHoweverItIsCut) {
  for (const char version : {char{1}, char{2}, char{3}, char{4}}) {
    for (const std::size_t piece : {1U, 7U, 100'000U}) {
      RecordingHandler found;
      const DeleteMapReport report = Parse(IndexDb(version), piece, found);
      EXPECT_TRUE(report.usable) << report.problem;
      EXPECT_EQ(report.first_sequence, 5u);
      EXPECT_EQ(report.last_sequence, 320u);
      SequenceSet expected;
      expected.AddRange(1, 4);
      expected.AddRange(7, 8);
      expected.Add(200);
      expected.AddRange(301, 309);
      EXPECT_EQ(found.deleted, expected);
    }
  }
}

TEST(IndexDb, NoFlippedBitAndNoTruncationIsBelieved) {
  const std::string whole = IndexDb(4);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    RecordingHandler found;
    ASSERT_FALSE(Parse(bytes, 50, found).usable) << bit;
    ASSERT_TRUE(found.deleted.empty()) << bit;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    RecordingHandler found;
    ASSERT_FALSE(Parse(whole.substr(0, size), 50, found).usable) << size;
  }
}

TEST(BlockIndex, IsUsedOnlyWithTheBlockItWasWrittenFor) {
  const std::string bytes = EncodeEmptyBlockIndex(99, 7, 1234);
  for (const std::uint64_t checksum : {1234U, 1235U}) {
    BlockIndex index(bytes);
    RecordingHandler found;
    const auto report = index.Finish(30, checksum, 90, found);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->usable, checksum == 1234);
    EXPECT_EQ(found.deleted.CountIn(91, 99), checksum == 1234 ? 9u : 0u);
    EXPECT_EQ(found.deleted.Count(), found.deleted.CountIn(91, 99));
  }
}

TEST(BlockIndex, NonsenseIsUnusable) {
  for (const std::string& bytes : {std::string(), std::string("\x16"), std::string("\x16\x02zzz"),
                                   EncodeEmptyBlockIndex(99, 7, 1234).substr(0, 10)}) {
    BlockIndex index(bytes);
    RecordingHandler found;
    EXPECT_FALSE(index.Finish(0, 0, 0, found)->usable);
  }
}

}  // namespace
}  // namespace jetkeep::v1

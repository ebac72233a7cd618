#include "protocol/repository/block_records.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "protocol/codec/little_endian.h"

namespace jetkeep {
namespace {

struct Owned {
  std::uint64_t sequence;
  std::int64_t time;
  std::string subject, headers, payload;
  bool operator==(const Owned&) const = default;
};

BlockInfo InfoOf(const std::vector<Owned>& records) {
  BlockInfo info;
  info.first_sequence = records.front().sequence;
  info.last_sequence = records.back().sequence;
  info.records = static_cast<std::uint32_t>(records.size());
  return info;
}

ByteBuffer Build(const std::vector<Owned>& records) {
  BlockBuilder builder;
  for (const Owned& r : records) {
    builder.Add({r.sequence, r.time, r.subject, r.headers, r.payload});
  }
  const std::size_t size = builder.size();
  ByteBuffer raw = builder.Take({});
  EXPECT_EQ(raw.size(), size);
  EXPECT_EQ(builder.size(), 0u);
  return raw;
}

// Empty if the block is refused.
std::vector<Owned> Walk(std::string_view raw, const BlockInfo& info) {
  std::vector<Owned> records;
  BlockRecords walk(raw, info);
  RecordView record;
  while (true) {
    const auto more = walk.Next(record);
    if (!more) return {};
    if (!*more) return records;
    records.push_back({record.sequence, record.timestamp_ns, std::string(record.subject),
                       std::string(record.headers), std::string(record.payload)});
  }
}

TEST(BlockRecords, GoldenBytes) {
  const std::vector<Owned> records = {{7, 100, "a.b", "", "xyz"}, {9, 90, "c", "H", ""}};
  const ByteBuffer raw = Build(records);
  std::string expected;
  for (const char length : {'\3', '\1', '\4', '\2', '\3', '\2', '\2', '\2'})
    expected += {length, 0, 0, 0};
  // Payloads, headers, subjects; sequences 7 and 2 on; times 100 and 10 back; lengths.
  expected += std::string("xyz") + "H" + "a.bc" + "\x06\x01" + "\xc8\x01\x13" + "\x03\x01";
  expected += std::string("\0\x01", 2) + std::string("\x03\0", 2);
  EXPECT_EQ(raw.view(), expected);
  EXPECT_EQ(Walk(raw.view(), InfoOf(records)), records);
}

TEST(BlockRecords, KeepsExtremes) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  const std::vector<Owned> records = {
      {1, kLeast, "s", "", ""},
      {std::uint64_t{1} << 33, std::numeric_limits<std::int64_t>::max(), std::string(65536, 's'),
       std::string(300, 'h'), std::string(1 << 20, 'p')},
      {~std::uint64_t{0}, 0, "", "", std::string("\0\n", 2)}};
  const ByteBuffer raw = Build(records);
  EXPECT_EQ(Walk(raw.view(), InfoOf(records)), records);
}

TEST(BlockRecords, ABuilderIsUsedAgain) {
  const std::vector<Owned> second = {{5, 1, "b", "h", "2"}};
  BlockBuilder builder;
  builder.Add({4, 1, "a", "", "1"});
  ByteBuffer first = builder.Take({});
  builder.Add({5, 1, "b", "h", "2"});
  EXPECT_EQ(builder.Take(std::move(first)).view(), Build(second).view());
}

TEST(BlockRecords, RefusesWhatTheIndexDoesNotTell) {
  const std::vector<Owned> records = {{7, 100, "a", "", "x"}, {9, 110, "b", "", "y"}};
  const ByteBuffer raw = Build(records);
  for (const int change : {-1, 1}) {
    BlockInfo info = InfoOf(records);
    info.records += static_cast<std::uint32_t>(change);
    EXPECT_TRUE(Walk(raw.view(), info).empty());
    info = InfoOf(records);
    info.first_sequence += static_cast<std::uint64_t>(change);
    EXPECT_TRUE(Walk(raw.view(), info).empty());
    info = InfoOf(records);
    info.last_sequence += static_cast<std::uint64_t>(change);
    EXPECT_TRUE(Walk(raw.view(), info).empty());
  }
}

TEST(BlockRecords, RefusesLengthsThatDoNotFit) {
  const std::vector<Owned> records = {{1, 1, "ab", "cd", "ef"}, {2, 2, "gh", "ij", "kl"}};
  const std::string good(Build(records).view());
  for (std::size_t column = 0; column < kBlockColumns; ++column) {
    for (const std::uint32_t length : {0u, 1u, 5u, 0x7fffffffu, 0xffffffffu}) {
      std::string bad = good;
      StoreU32(bad.data() + 4 * column, length);
      EXPECT_TRUE(Walk(bad, InfoOf(records)).empty()) << column << " of " << length;
    }
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_TRUE(Walk(good.substr(0, size), InfoOf(records)).empty()) << size;
  }
  EXPECT_TRUE(Walk(good + "x", InfoOf(records)).empty());
}

TEST(BlockRecords, RefusesSequencesThatRunOver) {
  std::string bad(Build({{1, 1, "", "", ""}, {3, 1, "", "", ""}}).view());
  BlockInfo info;
  info.records = 2;
  info.first_sequence = 1;
  info.last_sequence = ~std::uint64_t{0};
  // The second step as large as ten bytes can say.
  bad.replace(kBlockHeadBytes + 1, 1, std::string(9, '\xff') + "\x01");
  StoreU32(bad.data() + 4 * static_cast<std::size_t>(BlockColumn::kSequences), 11);
  EXPECT_TRUE(Walk(bad, info).empty());
}

}  // namespace
}  // namespace jetkeep

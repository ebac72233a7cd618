#include "protocol/codec/varint.h"

#include <gtest/gtest.h>

#include <limits>

#include "protocol/codec/little_endian.h"

namespace jetkeep {
namespace {

using namespace std::string_view_literals;

std::string Unsigned(std::uint64_t value) {
  std::string out;
  PutUvarint(out, value);
  return out;
}

std::string Signed(std::int64_t value) {
  std::string out;
  PutVarint(out, value);
  return out;
}

// What encoding/binary.AppendUvarint and AppendVarint give.
TEST(Varint, WritesWhatGoWrites) {
  EXPECT_EQ(Unsigned(0), "\x00"sv);
  EXPECT_EQ(Unsigned(127), "\x7f"sv);
  EXPECT_EQ(Unsigned(128), "\x80\x01"sv);
  EXPECT_EQ(Unsigned(300), "\xac\x02"sv);
  EXPECT_EQ(Unsigned(std::numeric_limits<std::uint64_t>::max()),
            "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv);
  EXPECT_EQ(Signed(0), "\x00"sv);
  EXPECT_EQ(Signed(-1), "\x01"sv);
  EXPECT_EQ(Signed(1), "\x02"sv);
  EXPECT_EQ(Signed(-65), "\x81\x01"sv);
  EXPECT_EQ(Signed(std::numeric_limits<std::int64_t>::min()),
            "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv);
}

TEST(Varint, ReadsBackEveryLength) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value : {(1ull << bit) - 1, 1ull << bit, (1ull << bit) + 1}) {
      const std::string coded = Unsigned(value) + "rest";
      EXPECT_EQ(UvarintSize(value), coded.size() - 4);
      std::string_view in = coded;
      std::uint64_t decoded = 0;
      ASSERT_TRUE(GetUvarint(in, decoded));
      EXPECT_EQ(decoded, value);
      EXPECT_EQ(in, "rest");

      const auto number = static_cast<std::int64_t>(value);
      const std::string zigzag = Signed(number);
      EXPECT_EQ(VarintSize(number), zigzag.size());
      in = zigzag;
      std::int64_t back = 0;
      ASSERT_TRUE(GetVarint(in, back));
      EXPECT_EQ(back, number);
    }
  }
}

TEST(Varint, ReadsTheSameWhateverFollows) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value :
         {(1ull << bit) - 1, 1ull << bit, 0x5555555555555555ull >> bit}) {
      for (const char following : {'\0', '\x7f', '\x80', '\xff'}) {
        for (std::size_t count = 0; count < 12; ++count) {
          const std::string rest(count, following);
          const std::string coded = Unsigned(value) + rest;
          std::string_view in = coded;
          std::uint64_t decoded = 0;
          ASSERT_TRUE(GetUvarint(in, decoded));
          ASSERT_EQ(decoded, value);
          ASSERT_EQ(in, rest);
        }
      }
    }
  }
}

TEST(Varint, ReadsNumbersThatAreSpeltLongerThanNeeded) {
  for (std::size_t zeros = 0; zeros < 9; ++zeros) {
    const std::string coded = "\x85" + std::string(zeros, '\x80') + std::string(1, '\0') + "rest";
    std::string_view in = coded;
    std::uint64_t decoded = 0;
    ASSERT_TRUE(GetUvarint(in, decoded)) << zeros;
    EXPECT_EQ(decoded, 5u);
    EXPECT_EQ(in, "rest");
  }
}

TEST(Varint, RefusesWhatIsCutShortOrTooLong) {
  const std::string_view bad[] = {
      ""sv,
      "\x80"sv,
      "\xff\xff\xff\xff\xff\xff\xff\xff\xff"sv,
      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"sv,      // 65 bits
      "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"sv,  // eleven bytes
  };
  for (const std::string_view bytes : bad) {
    std::string_view in = bytes;
    std::uint64_t value = 42;
    EXPECT_FALSE(GetUvarint(in, value));
    EXPECT_EQ(in.size(), bytes.size());
    EXPECT_EQ(value, 42u);
  }
}

TEST(LittleEndian, IsLittleEndianAtAnyAddress) {
  char bytes[16] = {};
  StoreU16(bytes + 1, 0x0102);
  StoreU32(bytes + 3, 0x03040506);
  StoreU64(bytes + 7, 0x0708090a0b0c0d0eull);
  EXPECT_EQ(std::string_view(bytes, 15),
            "\0\x02\x01\x06\x05\x04\x03\x0e\x0d\x0c\x0b\x0a\x09\x08\x07"sv);
  EXPECT_EQ(LoadU16(bytes + 1), 0x0102);
  EXPECT_EQ(LoadU32(bytes + 3), 0x03040506u);
  EXPECT_EQ(LoadU64(bytes + 7), 0x0708090a0b0c0d0eull);
}

}  // namespace
}  // namespace jetkeep

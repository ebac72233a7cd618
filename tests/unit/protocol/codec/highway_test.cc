#include "protocol/codec/highway.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "protocol/codec/little_endian.h"

namespace jetkeep {
namespace {

// Block 1 of the file store of a stream "KAT", written by nats-server 2.10.27: four records, one
// with headers, one without payload, one of 738 bytes.
TEST(Highway, GivesTheChecksumsThatAServerWrote) {
  std::ifstream file(CODEC_TESTDATA "/kat_1.blk", std::ios::binary);
  const std::string block{std::istreambuf_iterator<char>(file), {}};
  const HighwayKey key = HighwayKeyOf(Sha256("KAT-1"));
  std::string_view rest = block;
  int records = 0;
  while (rest.size() >= 30) {
    const std::uint32_t length = LoadU32(rest.data());
    const std::size_t size = length & 0x7fffffff;
    ASSERT_LE(size, rest.size());
    const std::size_t subject_size = LoadU16(rest.data() + 20);
    const std::string_view fixed = rest.substr(4, 16);
    const std::string_view subject = rest.substr(22, subject_size);
    std::string_view payload = rest.substr(22 + subject_size, size - 30 - subject_size);
    std::string_view headers;
    if (length >> 31 != 0) {
      headers = payload.substr(4, LoadU32(payload.data()));
      payload.remove_prefix(4 + headers.size());
    }
    const std::uint64_t stored = LoadU64(rest.data() + size - 8);
    EXPECT_EQ(Highway64(key, {fixed, subject, headers, payload}), stored) << records;
    rest.remove_prefix(size);
    ++records;
  }
  EXPECT_EQ(records, 4);
}

TEST(Highway, HashesTheConcatenationHoweverItIsCut) {
  const HighwayKey key = HighwayKeyOf(Sha256("any"));
  std::string text;
  for (int i = 0; i < 300; ++i) text += std::to_string(i * i);
  const std::string_view all = text;
  for (const std::size_t size : {0u, 1u, 31u, 32u, 33u, 511u, 512u, 513u, 600u, 1300u}) {
    const std::string_view part = all.substr(0, size);
    const std::uint64_t expected = Highway64(key, {part});
    const auto expected128 = Highway128(key, {part});
    for (std::size_t cut = 0; cut <= size; cut += 7) {
      const auto front = part.substr(0, cut);
      const auto back = part.substr(cut);
      EXPECT_EQ(Highway64(key, {front, "", back}), expected);
      EXPECT_EQ(Highway128(key, {front, back}), expected128);
      EXPECT_EQ(Highway64(key, {"", "", "", "", "", "", "", "", front, back}), expected);
    }
  }
}

TEST(Highway, DependsOnTheKey) {
  EXPECT_NE(Highway64(HighwayKeyOf(Sha256("a")), {"text"}),
            Highway64(HighwayKeyOf(Sha256("b")), {"text"}));
}

}  // namespace
}  // namespace jetkeep

#include "protocol/sequences/ranges_codec.h"

#include <gtest/gtest.h>

#include <string>

namespace jetkeep {
namespace {

SequenceSet Decoded(const std::string& bytes) {
  SequenceSet set;
  RangesDecoder decoder;
  EXPECT_TRUE(decoder.Decode(bytes, set));
  return set;
}

TEST(RangesCodec, WritesGapAndLengthOfEachRange) {
  SequenceSet set;
  set.AddRange(3, 5);
  set.Add(300);
  EXPECT_EQ(EncodeRanges(set), std::string("\x03\x02\xa7\x02\x00", 5));
}

TEST(RangesCodec, BringsBackWhatWentIn) {
  SequenceSet set;
  EXPECT_EQ(Decoded(EncodeRanges(set)), set);
  set.AddRange(1, ~std::uint64_t{0});
  EXPECT_EQ(Decoded(EncodeRanges(set)), set);
  set.Remove(1u << 20);
  for (std::uint64_t s = 1; s < 200'000; s += 2) set.Remove(s);
  EXPECT_EQ(Decoded(EncodeRanges(set)), set);
}

TEST(RangesCodec, CutsBetweenRangesOnly) {
  SequenceSet set;
  for (std::uint64_t s = 1; s < 100'000; s += 3) set.Add(s);
  SequenceSet back;
  RangesDecoder decoder;
  int pieces = 0;
  ASSERT_TRUE(EncodeRangesInPieces(set, 1000, [&](std::string_view piece) {
    ++pieces;
    return decoder.Decode(piece, back);
  }));
  EXPECT_GT(pieces, 10);
  EXPECT_EQ(back, set);
}

TEST(RangesCodec, RefusesTouchingOverlappingAndOverlongRanges) {
  const std::string max_gap("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
  for (const std::string& bytes :
       {std::string("\x00\x01", 2), std::string("\x01\x00\x01\x00", 4), std::string("\x05"),
        max_gap + "\x01", std::string("\x02") + max_gap, std::string("\xff", 1)}) {
    SequenceSet set;
    RangesDecoder decoder;
    const Status status = decoder.Decode(bytes, set);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::kRepositoryCorrupt);
  }
}

}  // namespace
}  // namespace jetkeep

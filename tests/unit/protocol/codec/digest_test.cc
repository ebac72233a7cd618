#include "protocol/codec/digest.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

TEST(Digest, Sha256GivesTheValueOfTheStandard) {
  EXPECT_EQ(ToHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// What `b2sum -l 256` prints.
TEST(Digest, Blake2bGivesTheSameInOnePieceAndInMany) {
  const std::string expected = "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319";
  EXPECT_EQ(ToHex(Blake2b("abc")), expected);
  Blake2bHasher hasher;
  hasher.Update("a");
  hasher.Update("");
  hasher.Update("bc");
  EXPECT_EQ(ToHex(hasher.Finish()), expected);
  hasher.Update("abc");
  EXPECT_EQ(ToHex(hasher.Finish()), expected);
}

TEST(Hex, ReadsBackWhatItWrites) {
  const std::string bytes("\x00\x7f\x80\xff", 4);
  EXPECT_EQ(ToHex(bytes), "007f80ff");
  EXPECT_EQ(FromHex("007f80FF").value(), bytes);
  EXPECT_EQ(DigestFromHex(ToHex(Sha256("x"))).value(), Sha256("x"));
}

TEST(Hex, RefusesAnythingElse) {
  for (const char* text : {"0", "0g", "g0", " 0", "0x"}) {
    const auto result = FromHex(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, Errc::kRepositoryCorrupt);
  }
  EXPECT_FALSE(DigestFromHex("00"));
  EXPECT_FALSE(DigestFromHex(std::string(66, '0')));
}

}  // namespace
}  // namespace jetkeep

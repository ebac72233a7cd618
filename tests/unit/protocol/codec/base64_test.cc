#include "protocol/codec/base64.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

// RFC 4648, section 10.
TEST(Base64, DecodesTheVectorsOfItsRfc) {
  EXPECT_EQ(*DecodeBase64(""), "");
  EXPECT_EQ(*DecodeBase64("Zg=="), "f");
  EXPECT_EQ(*DecodeBase64("Zm8="), "fo");
  EXPECT_EQ(*DecodeBase64("Zm9v"), "foo");
  EXPECT_EQ(*DecodeBase64("Zm9vYg=="), "foob");
  EXPECT_EQ(*DecodeBase64("Zm9vYmE="), "fooba");
  EXPECT_EQ(*DecodeBase64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(*DecodeBase64("+/8A"), std::string("\xfb\xff\0", 3));
}

TEST(Base64, RefusesEverythingElse) {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zg===", "Zm9v=", "Z m8=", "Zm8=\n", "-_8A", "Zm9\xc3"}) {
    const auto bytes = DecodeBase64(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_EQ(bytes.error().code, Errc::kInvalidRequest);
  }
}

TEST(Base64, RefusesEveryByteOutsideOfItsAlphabet) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool known = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '+' || c == '/';
    for (std::size_t at = 0; at < 4; ++at) {
      std::string text = "AAAA";
      text[at] = c;
      // "AAA=" is two bytes.
      EXPECT_EQ(DecodeBase64(text).has_value(), known || (c == '=' && at == 3))
          << byte << " " << at;
    }
  }
}

}  // namespace
}  // namespace jetkeep

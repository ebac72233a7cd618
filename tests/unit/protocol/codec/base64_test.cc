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

}  // namespace
}  // namespace jetkeep

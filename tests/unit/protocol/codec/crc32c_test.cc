#include "protocol/codec/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace jetkeep {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, GivesTheSumsOfTheStandard) {
  std::string rising;
  for (int i = 0; i < 32; ++i) rising.push_back(static_cast<char>(i));
  for (const auto function : {Crc32c, Crc32cPortable}) {
    EXPECT_EQ(function(""), 0u);
    EXPECT_EQ(function("123456789"), 0xe3069283u);
    EXPECT_EQ(function(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(function(std::string(32, '\xff')), 0x62a8ab43u);
    EXPECT_EQ(function(rising), 0x46dd794eu);
  }
}

TEST(Crc32c, GivesTheSameWithAndWithoutTheInstruction) {
  std::mt19937 random(7);
  std::string bytes(70000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  const std::string_view all = bytes;
  for (std::size_t size = 0; size < 2500; ++size) {
    const std::string_view part = all.substr(size % 16, size);
    ASSERT_EQ(Crc32c(part), Crc32cPortable(part)) << size;
  }
  for (const std::size_t size : {12287u, 12288u, 12289u, 24576u, 65537u, 69999u}) {
    ASSERT_EQ(Crc32c(all.substr(1, size)), Crc32cPortable(all.substr(1, size))) << size;
  }
}

TEST(Crc32c, IsMaskedAsTheFramingFormatSays) {
  EXPECT_EQ(MaskCrc(0), 0xa282ead8u);
  EXPECT_EQ(MaskCrc(0x00018000), 0xa282ead8u + 0x00000003u);
}

}  // namespace
}  // namespace jetkeep

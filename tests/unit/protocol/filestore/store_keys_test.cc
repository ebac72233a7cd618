#include "protocol/filestore/store_keys.h"

#include <gtest/gtest.h>

#include <string>

namespace jetkeep::filestore {
namespace {

TEST(StoreKeysTest, HmacIsThatOfTheStandard) {
  // RFC 4231, test case 2.
  EXPECT_EQ(ToHex(HmacSha256("Jefe", {"what do ya want ", "for nothing?"})),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(StoreKeysTest, TheKeyStreamOfAesIsThatOfTheStandard) {
  // NIST SP 800-38A, F.5.5.
  const Digest key =
      *DigestFromHex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
  std::string data = *FromHex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
  ApplyKeyStream(StoreCipher::kAes, key, *FromHex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), data.data(),
                 data.size());
  EXPECT_EQ(ToHex(data), "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5");
}

TEST(StoreKeysTest, WhatIsNoKeyFileOpensWithNothing) {
  for (std::size_t size = 0; size < 100; ++size) {
    EXPECT_FALSE(OpenKeyFile({"key"}, "$G", "S", std::string(size, '\x5a')).has_value()) << size;
  }
  EXPECT_FALSE(OpenKeyFile({}, "$G", "S", std::string(72, 'x')).has_value());
}

TEST(StoreKeysTest, ContextsAreThoseOfServers) {
  EXPECT_EQ(StreamContext("S"), "S");
  EXPECT_EQ(BlockContext("S", 7), "S:7");
  EXPECT_EQ(ConsumerContext("S", "w"), "S.w");
}

}  // namespace
}  // namespace jetkeep::filestore

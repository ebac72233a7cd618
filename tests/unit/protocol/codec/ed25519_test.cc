#include "protocol/codec/ed25519.h"

#include <gtest/gtest.h>

#include "protocol/codec/digest.h"

namespace jetkeep {
namespace {

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16));
  }
  return bytes;
}

// RFC 8032, section 7.1, tests 1 and 2.
TEST(Ed25519, PublicKeysAreThoseOfItsRfc) {
  EXPECT_EQ(ToHex(Ed25519PublicKey(
                FromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(ToHex(Ed25519PublicKey(
                FromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
}

}  // namespace
}  // namespace jetkeep

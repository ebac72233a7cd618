// SubjectDigest: a subject in 16 bytes, for tables that hold many. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "protocol/codec/highway.h"

namespace jetkeep {

using SubjectDigest = std::array<std::uint64_t, 2>;

// Subjects with one digest would be taken for one: with 128 bits that does not happen by chance,
// and a key of our own leaves nobody anything to gain by making two.
inline SubjectDigest DigestOf(std::string_view subject) {
  constexpr HighwayKey kKey{
      {0x9c1f6a2d53e8b471, 0x2e70d4c98b15f36a, 0x71b3e90fd6428ac5, 0xd805f72b4e9c61a3}};
  return Highway128(kKey, {subject});
}

}  // namespace jetkeep

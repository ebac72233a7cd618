// HighwayHash, the keyed checksum of a server's file store; equal to what Go's minio/highwayhash
// computes. Thread-safety: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "protocol/codec/digest.h"

namespace jetkeep {

struct HighwayKey {
  std::uint64_t words[4];
};

// The 32 bytes read as four little-endian words.
HighwayKey HighwayKeyOf(const Digest& digest);

// The hash of the concatenation of `parts`; stored little endian where a format holds it as bytes.
std::uint64_t Highway64(const HighwayKey& key, std::initializer_list<std::string_view> parts);
std::array<std::uint64_t, 2> Highway128(const HighwayKey& key,
                                        std::initializer_list<std::string_view> parts);

}  // namespace jetkeep

// CRC-32C (Castagnoli) as RFC 3720 defines it. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace jetkeep {

// Uses the processor's instruction where there is one.
std::uint32_t Crc32c(std::string_view bytes);
// The table version, which every processor can run; for tests.
std::uint32_t Crc32cPortable(std::string_view bytes);

// The masked form that the Snappy framing format stores (section 3 of its description).
constexpr std::uint32_t MaskCrc(std::uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

}  // namespace jetkeep

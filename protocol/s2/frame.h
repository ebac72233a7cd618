// The Snappy framing format with S2's identifier
// (https://github.com/google/snappy/blob/main/framing_format.txt): chunks of a type byte, a 24-bit
// length and that many bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/codec/little_endian.h"

namespace jetkeep::s2 {

inline constexpr std::size_t kChunkHeaderBytes = 4;
inline constexpr std::size_t kChecksumBytes = 4;
// In front of what a chunk of data holds.
inline constexpr std::size_t kDataPrefixBytes = kChunkHeaderBytes + kChecksumBytes;

// What the header of a chunk says of the bytes behind it, a checksum among them.
inline std::size_t LoadChunkLength(const char* header) {
  return LoadU16(header + 1) | static_cast<std::size_t>(static_cast<unsigned char>(header[3]))
                                   << 16;
}

inline constexpr std::uint8_t kCompressedChunk = 0x00;
inline constexpr std::uint8_t kStoredChunk = 0x01;
// From here to 0xfe (padding) a reader skips what it does not know.
inline constexpr std::uint8_t kFirstSkippableChunk = 0x80;
// One flipped bit makes this of the type of a chunk of data, and the chunk would be skipped.
inline constexpr std::uint8_t kDamagedDataBit = 0x80;
inline constexpr std::uint8_t kIdentifierChunk = 0xff;

inline constexpr std::string_view kS2Identifier = "S2sTwO";
inline constexpr std::string_view kSnappyIdentifier = "sNaPpY";

inline constexpr std::size_t kMaxBlockBytes = 4 * 1024 * 1024;
// A compressed block that is longer than this cannot decode to kMaxBlockBytes or less.
inline constexpr std::size_t kMaxEncodedBytes = 32 + kMaxBlockBytes + kMaxBlockBytes / 6;

}  // namespace jetkeep::s2

// One chunk of data of an S2 stream: its header, the checksum of what it holds, and that, stored or
// compressed. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/codec/varint.h"
#include "protocol/s2/frame.h"

namespace jetkeep::s2 {

// The length of what a chunk holds stands in so many of its first bytes.
inline constexpr std::size_t kDataHeadBytes = kDataPrefixBytes + kMaxVarintBytes;

inline bool IsData(std::uint8_t type) { return type == kCompressedChunk || type == kStoredChunk; }

// How many bytes a chunk of `size` bytes (kDataPrefixBytes at least) holds. head: its first
// kDataHeadBytes, or all of it if it is shorter; what follows is not read. False if the
// length is damaged.
bool HeldBytes(std::string_view head, std::size_t size, std::size_t& held);

// What a whole stored chunk holds. kArchiveCorrupt if the checksum is wrong.
Result<std::string_view> HeldByStored(std::string_view chunk);

// Decodes a whole chunk that holds `held` bytes to out[0..held); the `slack` bytes behind hold
// anything afterwards. kArchiveCorrupt if it is damaged, whatever its bytes are.
Status DecodeData(std::string_view chunk, char* out, std::size_t held, std::size_t slack);

}  // namespace jetkeep::s2

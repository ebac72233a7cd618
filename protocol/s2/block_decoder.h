// Decodes one S2 block: Snappy's block format, and copies that repeat the last offset
// (https://github.com/google/snappy/blob/main/format_description.txt,
// https://github.com/klauspost/compress/tree/master/s2#block-format).
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep::s2 {

// The size that `compressed` says it decodes to; false if it does not begin with a number.
bool DecodedSize(std::string_view compressed, std::size_t& size);

// With so much slack no part of a block has to be decoded the slow way for want of room.
inline constexpr std::size_t kDecodeSlack = 144;

// Decodes to exactly out[0..out_size). The `slack` bytes behind are the caller's, too, and hold
// anything afterwards. Neither reads nor writes outside of either range, whatever the bytes are.
// kArchiveCorrupt if the block is damaged or has another size; `out` then holds anything.
Status DecodeBlock(std::string_view compressed, char* out, std::size_t out_size,
                   std::size_t slack = 0);

}  // namespace jetkeep::s2

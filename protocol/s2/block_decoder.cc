#include "protocol/s2/block_decoder.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "protocol/codec/little_endian.h"
#include "protocol/codec/varint.h"

namespace jetkeep::s2 {
namespace {

// How far wide copies may write behind the end of what they copy.
constexpr std::size_t kSlack = 16;

inline void Copy8(char* out, const char* in) {
  std::uint64_t word;
  std::memcpy(&word, in, 8);
  std::memcpy(out, &word, 8);
}
inline void Copy16(char* out, const char* in) {
  char bytes[16];
  std::memcpy(bytes, in, 16);
  std::memcpy(out, bytes, 16);
}

// A literal of 16 bytes with its tag, and the whole of a copy behind it.
constexpr std::size_t kFastInput = 24;
// The same for a literal that is copied as 64 bytes.
constexpr std::size_t kLongInput = 72;
// A literal and a copy, each taken as 64 bytes, and what wide copies write behind.
constexpr std::size_t kFastOutput = 64 + 64 + kSlack;
static_assert(kDecodeSlack >= kFastOutput);
constexpr std::size_t kLongestShortLiteral = 60;
constexpr std::size_t kLongestShortRepeat = 8;

// By tag of a copy: bits 0..7 the length, 8..10 the high bits of the offset, from 16 on how many
// bytes of offset follow.
constexpr std::array<std::uint32_t, 256> CopyTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t tag = 0; tag < 256; ++tag) {
    if ((tag & 3) == 1) table[tag] = 1U << 16 | (tag & 0xe0) << 3 | ((tag >> 2 & 7) + 4);
    if ((tag & 3) == 2) table[tag] = 2U << 16 | ((tag >> 2) + 1);
    if ((tag & 3) == 3) table[tag] = 4U << 16 | ((tag >> 2) + 1);
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCopies = CopyTable();
constexpr std::uint32_t kOffsetMask[5] = {0, 0xff, 0xffff, 0xffffff, 0xffffffff};

// Repeats the `offset` bytes before `out`; may write kSlack bytes more than `length`.
inline void CopyMatchWide(char* out, std::size_t offset, std::size_t length) {
  const char* in = out - offset;
  char* const end = out + length;
  if (offset >= 16) {
    do {
      Copy16(out, in);
      out += 16;
      in += 16;
    } while (out < end);
    return;
  }
  if (offset < 8) {
    // Widens the pattern until source and destination are a multiple of it and at least 8 bytes
    // apart.
    static constexpr std::size_t kWidened[8] = {0, 8, 8, 9, 8, 10, 12, 14};
    const std::size_t widened = kWidened[offset];
    for (std::size_t i = 0; i < 8; ++i) out[i] = in[i];
    out += 8;
    in = out - widened;
  }
  while (out < end) {
    Copy8(out, in);
    out += 8;
    in += 8;
  }
}

void CopyMatchExact(char* out, std::size_t offset, std::size_t length) {
  const char* in = out - offset;
  if (offset >= length) {
    std::memcpy(out, in, length);
    return;
  }
  for (std::size_t i = 0; i < length; ++i) out[i] = in[i];
}

tl::unexpected<Error> Corrupt(const char* what) {
  return Fail(Errc::kArchiveCorrupt, std::string("damaged S2 block: ") + what);
}

}  // namespace

bool DecodedSize(std::string_view compressed, std::size_t& size) {
  std::uint64_t value = 0;
  if (!GetUvarint(compressed, value) || value > UINT32_MAX) return false;
  size = static_cast<std::size_t>(value);
  return true;
}

Status DecodeBlock(std::string_view compressed, char* out, std::size_t out_size,
                   std::size_t slack) {
  std::uint64_t decoded_size = 0;
  if (!GetUvarint(compressed, decoded_size) || decoded_size != out_size) {
    return Corrupt("wrong size");
  }
  const char* in = compressed.data();
  const char* const in_end = in + compressed.size();
  char* const out_begin = out;
  char* const out_end = out + out_size;
  const auto in_left = [&] { return static_cast<std::size_t>(in_end - in); };
  const auto out_left = [&] { return static_cast<std::size_t>(out_end - out); };
  std::size_t offset = 0;
  while (in != in_end) {
    // Where both sides have room for wide copies, only lengths and offsets are checked. It is left
    // before the element that needs the careful way, and before the end of the input.
    while (in_left() >= kFastInput && out_left() + slack >= kFastOutput) {
      // A literal, which may be empty, and a copy: which of the two comes next is hard to foresee,
      // so there is no branch for it.
      auto tag = static_cast<unsigned char>(*in);
      const bool literal = (tag & 3) == 0;
      const std::size_t all_if_literal = std::size_t{literal} * ~std::size_t{0};
      const std::size_t literal_size = (static_cast<std::size_t>(tag >> 2) + 1) & all_if_literal;
      if (literal_size > 16) {
        if (literal_size > kLongestShortLiteral || in_left() < kLongInput) break;
        for (std::size_t i = 16; i < 64; i += 16) Copy16(out + i, in + 1 + i);
      }
      if (literal_size > out_left()) break;
      Copy16(out, in + 1);
      in += literal_size + std::size_t{literal};
      out += literal_size;
      tag = static_cast<unsigned char>(*in);
      const std::uint32_t element = kCopies[tag];
      const std::size_t size = element & 0xff;
      const std::size_t extra = element >> 16;
      const std::size_t distance = (element & 0x700) | (LoadU32(in + 1) & kOffsetMask[extra]);
      if (distance == 0 && (extra != 1 || size > kLongestShortRepeat)) {
        if ((tag & 3) == 0) continue;
        break;
      }
      offset = distance != 0 ? distance : offset;
      if (offset - 1 >= static_cast<std::size_t>(out - out_begin)) {
        return Corrupt("copy from before the output");
      }
      if (size > out_left()) return Corrupt("copy reaches beyond the output");
      in += extra + 1;
      if (offset >= 16) {
        const char* const from = out - offset;
        Copy16(out, from);
        Copy16(out + 16, from + 16);
        for (std::size_t i = 32; i < size; i += 16) Copy16(out + i, from + i);
      } else {
        CopyMatchWide(out, offset, size);
      }
      out += size;
    }
    if (in == in_end) break;
    const auto tag = static_cast<unsigned char>(*in);
    std::size_t length = tag >> 2;
    if ((tag & 3) == 0) {
      ++in;
      if (length < 16 && in_left() >= 16 && out_left() >= 16) {
        Copy16(out, in);
        in += length + 1;
        out += length + 1;
        continue;
      }
      if (length >= 60) {
        const std::size_t count = length - 59;
        if (in_left() < count) return Corrupt("cut short in a length");
        length = 0;
        for (std::size_t i = 0; i < count; ++i) {
          length |= static_cast<std::size_t>(static_cast<unsigned char>(in[i])) << (8 * i);
        }
        in += count;
      }
      ++length;
      if (length > in_left()) return Corrupt("literal reaches beyond the input");
      if (length > out_left()) return Corrupt("literal reaches beyond the output");
      if (length <= 64 && in_left() >= 64 && out_left() >= 64) {
        for (std::size_t i = 0; i < 64; i += 16) Copy16(out + i, in + i);
      } else {
        std::memcpy(out, in, length);
      }
      in += length;
      out += length;
      continue;
    }
    if ((tag & 3) == 1) {
      if (in_left() < 2) return Corrupt("cut short in a copy");
      const std::size_t new_offset =
          (static_cast<std::size_t>(tag & 0xe0) << 3) | static_cast<unsigned char>(in[1]);
      in += 2;
      length &= 7;
      if (new_offset != 0) {
        offset = new_offset;
      } else if (length >= 5) {
        const std::size_t count = length - 4;
        if (in_left() < count) return Corrupt("cut short in a repeat");
        static constexpr std::size_t kBase[4] = {0, 4, 1 << 8, 1 << 16};
        length = kBase[count];
        for (std::size_t i = 0; i < count; ++i) {
          length += static_cast<std::size_t>(static_cast<unsigned char>(in[i])) << (8 * i);
        }
        in += count;
      }
      length += 4;
    } else if ((tag & 3) == 2) {
      if (in_left() < 3) return Corrupt("cut short in a copy");
      offset = LoadU16(in + 1);
      in += 3;
      ++length;
    } else {
      if (in_left() < 5) return Corrupt("cut short in a copy");
      offset = LoadU32(in + 1);
      in += 5;
      ++length;
    }
    // Offset 0 wraps around: it is never inside what was written.
    if (offset - 1 >= static_cast<std::size_t>(out - out_begin)) {
      return Corrupt("copy from before the output");
    }
    const std::size_t left = out_left();
    if (length > left) return Corrupt("copy reaches beyond the output");
    if (left - length >= kSlack) {
      CopyMatchWide(out, offset, length);
    } else {
      CopyMatchExact(out, offset, length);
    }
    out += length;
  }
  if (out != out_end) return Corrupt("fewer bytes than it says");
  return {};
}

}  // namespace jetkeep::s2

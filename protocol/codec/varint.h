// Variable-length integers as Go's encoding/binary writes them: seven bits a byte, low bits first,
// the top bit of a byte says that another follows; signed values are zigzag coded first. At most
// ten bytes. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace jetkeep {

inline constexpr std::size_t kMaxVarintBytes = 10;

constexpr std::uint64_t ZigZag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

constexpr std::size_t UvarintSize(std::uint64_t value) {
  std::size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}
constexpr std::size_t VarintSize(std::int64_t value) { return UvarintSize(ZigZag(value)); }

// Writes to `out`, which has room for kMaxVarintBytes, and returns the position behind the last
// byte.
inline char* PutUvarint(char* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}
inline char* PutVarint(char* out, std::int64_t value) { return PutUvarint(out, ZigZag(value)); }

inline void PutUvarint(std::string& out, std::uint64_t value) {
  char bytes[kMaxVarintBytes];
  out.append(bytes, static_cast<std::size_t>(PutUvarint(bytes, value) - bytes));
}
inline void PutVarint(std::string& out, std::int64_t value) { PutUvarint(out, ZigZag(value)); }

// Takes one number off the front of `in`. False, and both arguments untouched, if `in` ends inside
// the number or the number is longer than 64 bits.
inline bool GetUvarint(std::string_view& in, std::uint64_t& value) {
  std::uint64_t result = 0;
  const std::size_t limit = in.size() < kMaxVarintBytes ? in.size() : kMaxVarintBytes;
  for (std::size_t i = 0; i < limit; ++i) {
    const auto byte = static_cast<unsigned char>(in[i]);
    if (byte < 0x80) {
      if (i == kMaxVarintBytes - 1 && byte > 1) return false;
      value = result | (static_cast<std::uint64_t>(byte) << (7 * i));
      in.remove_prefix(i + 1);
      return true;
    }
    result |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
  }
  return false;
}
inline bool GetVarint(std::string_view& in, std::int64_t& value) {
  std::uint64_t coded = 0;
  if (!GetUvarint(in, coded)) return false;
  value = UnZigZag(coded);
  return true;
}

}  // namespace jetkeep

// Little-endian integers at any address. Thread-safety: pure functions.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace jetkeep {
namespace little_endian_internal {

constexpr std::uint16_t Swap(std::uint16_t v) { return __builtin_bswap16(v); }
constexpr std::uint32_t Swap(std::uint32_t v) { return __builtin_bswap32(v); }
constexpr std::uint64_t Swap(std::uint64_t v) { return __builtin_bswap64(v); }

template <typename T>
inline T Load(const char* in) {
  T value;
  std::memcpy(&value, in, sizeof(value));
  if constexpr (std::endian::native == std::endian::big) value = Swap(value);
  return value;
}
template <typename T>
inline void Store(char* out, T value) {
  if constexpr (std::endian::native == std::endian::big) value = Swap(value);
  std::memcpy(out, &value, sizeof(value));
}

}  // namespace little_endian_internal

inline std::uint16_t LoadU16(const char* in) {
  return little_endian_internal::Load<std::uint16_t>(in);
}
inline std::uint32_t LoadU32(const char* in) {
  return little_endian_internal::Load<std::uint32_t>(in);
}
inline std::uint64_t LoadU64(const char* in) {
  return little_endian_internal::Load<std::uint64_t>(in);
}
inline void StoreU16(char* out, std::uint16_t value) { little_endian_internal::Store(out, value); }
inline void StoreU32(char* out, std::uint32_t value) { little_endian_internal::Store(out, value); }
inline void StoreU64(char* out, std::uint64_t value) { little_endian_internal::Store(out, value); }

}  // namespace jetkeep

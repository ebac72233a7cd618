#include "protocol/codec/crc32c.h"

#include <array>

#include "protocol/codec/little_endian.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#define JETKEEP_CRC32C_X86 1
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#define JETKEEP_CRC32C_ARM 1
#endif

namespace jetkeep {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // Castagnoli, bits reversed

using Table = std::array<std::uint32_t, 256>;

constexpr std::array<Table, 8> MakeTables() {
  std::array<Table, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][i] = crc;
  }
  for (std::size_t t = 1; t < 8; ++t) {
    for (std::uint32_t i = 0; i < 256; ++i) {
      const std::uint32_t crc = tables[t - 1][i];
      tables[t][i] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}
constexpr std::array<Table, 8> kTables = MakeTables();

std::uint32_t ExtendPortable(std::uint32_t crc, const char* data, std::size_t size) {
  for (; size >= 8; size -= 8, data += 8) {
    const std::uint64_t word = LoadU64(data) ^ crc;
    crc = kTables[7][word & 0xff] ^ kTables[6][(word >> 8) & 0xff] ^
          kTables[5][(word >> 16) & 0xff] ^ kTables[4][(word >> 24) & 0xff] ^
          kTables[3][(word >> 32) & 0xff] ^ kTables[2][(word >> 40) & 0xff] ^
          kTables[1][(word >> 48) & 0xff] ^ kTables[0][word >> 56];
  }
  for (; size > 0; --size, ++data) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(*data)) & 0xff];
  }
  return crc;
}

#if defined(JETKEEP_CRC32C_X86) || defined(JETKEEP_CRC32C_ARM)

// The instruction takes three cycles but one can start every cycle, so three runs of this many
// bytes are summed side by side and joined afterwards: appending n bytes to a run multiplies its
// sum by x^(8n), which is linear and so comes from four tables, one for each byte of the sum.
constexpr std::size_t kLongRun = 4096;
constexpr std::size_t kShortRun = 256;

using ShiftTables = std::array<Table, 4>;

constexpr std::uint32_t AppendZeros(std::uint32_t crc, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) crc = (crc >> 8) ^ kTables[0][crc & 0xff];
  return crc;
}

ShiftTables MakeShiftTables(std::size_t zeros) {
  std::array<std::uint32_t, 32> of_bit;
  for (std::size_t bit = 0; bit < 32; ++bit) of_bit[bit] = AppendZeros(1u << bit, zeros);
  ShiftTables tables{};
  for (std::size_t t = 0; t < 4; ++t) {
    for (std::size_t i = 0; i < 256; ++i) {
      for (std::size_t bit = 0; bit < 8; ++bit) {
        if ((i >> bit & 1) != 0) tables[t][i] ^= of_bit[8 * t + bit];
      }
    }
  }
  return tables;
}

std::uint32_t Shift(const ShiftTables& tables, std::uint32_t crc) {
  return tables[0][crc & 0xff] ^ tables[1][(crc >> 8) & 0xff] ^ tables[2][(crc >> 16) & 0xff] ^
         tables[3][crc >> 24];
}

#if defined(JETKEEP_CRC32C_X86)
#define JETKEEP_CRC32C_TARGET __attribute__((target("sse4.2")))
JETKEEP_CRC32C_TARGET inline std::uint64_t Step8(std::uint64_t crc, std::uint64_t word) {
  return _mm_crc32_u64(crc, word);
}
JETKEEP_CRC32C_TARGET inline std::uint32_t Step1(std::uint32_t crc, char byte) {
  return _mm_crc32_u8(crc, static_cast<unsigned char>(byte));
}
bool HasInstruction() { return __builtin_cpu_supports("sse4.2") != 0; }
#else
#define JETKEEP_CRC32C_TARGET __attribute__((target("+crc")))
JETKEEP_CRC32C_TARGET inline std::uint64_t Step8(std::uint64_t crc, std::uint64_t word) {
  std::uint32_t sum = static_cast<std::uint32_t>(crc);
  __asm__("crc32cx %w0, %w0, %x1" : "+r"(sum) : "r"(word));
  return sum;
}
JETKEEP_CRC32C_TARGET inline std::uint32_t Step1(std::uint32_t crc, char byte) {
  __asm__("crc32cb %w0, %w0, %w1" : "+r"(crc) : "r"(static_cast<unsigned>(byte) & 0xff));
  return crc;
}
bool HasInstruction() { return (getauxval(AT_HWCAP) & (1ul << 7)) != 0; }  // HWCAP_CRC32
#endif

template <std::size_t kRun>
JETKEEP_CRC32C_TARGET inline void ExtendInThree(const ShiftTables& tables, std::uint32_t& crc,
                                                const char*& data, std::size_t& size) {
  while (size >= 3 * kRun) {
    std::uint64_t first = crc;
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kRun; i += 8) {
      first = Step8(first, LoadU64(data + i));
      second = Step8(second, LoadU64(data + kRun + i));
      third = Step8(third, LoadU64(data + 2 * kRun + i));
    }
    crc = Shift(tables, static_cast<std::uint32_t>(first)) ^ static_cast<std::uint32_t>(second);
    crc = Shift(tables, crc) ^ static_cast<std::uint32_t>(third);
    data += 3 * kRun;
    size -= 3 * kRun;
  }
}

JETKEEP_CRC32C_TARGET std::uint32_t ExtendHardware(std::uint32_t crc, const char* data,
                                                   std::size_t size) {
  if (size >= 3 * kShortRun) {
    static const ShiftTables long_tables = MakeShiftTables(kLongRun);
    static const ShiftTables short_tables = MakeShiftTables(kShortRun);
    ExtendInThree<kLongRun>(long_tables, crc, data, size);
    ExtendInThree<kShortRun>(short_tables, crc, data, size);
  }
  std::uint64_t sum = crc;
  for (; size >= 8; size -= 8, data += 8) sum = Step8(sum, LoadU64(data));
  crc = static_cast<std::uint32_t>(sum);
  for (; size > 0; --size, ++data) crc = Step1(crc, *data);
  return crc;
}

#endif

}  // namespace

std::uint32_t Crc32cPortable(std::string_view bytes) {
  return ~ExtendPortable(~0u, bytes.data(), bytes.size());
}

std::uint32_t Crc32c(std::string_view bytes) {
#if defined(JETKEEP_CRC32C_X86) || defined(JETKEEP_CRC32C_ARM)
  static const bool has_instruction = HasInstruction();
  if (has_instruction) return ~ExtendHardware(~0u, bytes.data(), bytes.size());
#endif
  return Crc32cPortable(bytes);
}

}  // namespace jetkeep

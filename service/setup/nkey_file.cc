#include "service/setup/nkey_file.h"

#include <cstdint>
#include <utility>

#include "protocol/codec/ed25519.h"
#include "service/config/yaml_file.h"

namespace jetkeep {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kSeedText = 58;
constexpr std::size_t kSeedBytes = 36;

// CRC-16/XMODEM: polynomial 0x1021, starting at 0.
std::uint16_t Crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? (crc << 1) ^ 0x1021U : crc << 1;
    }
    crc &= 0xffffU;
  }
  return static_cast<std::uint16_t>(crc);
}

// Empty if a character is not of the alphabet.
std::string DecodeBase32(std::string_view text) {
  std::string bytes;
  unsigned buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t value = kBase32.find(c);
    if (value == std::string_view::npos) return "";
    buffer = ((buffer << 5) | static_cast<unsigned>(value)) & 0xfffU;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>((buffer >> bits) & 0xffU);
    }
  }
  return bytes;
}

std::string EncodeBase32(std::string_view bytes) {
  std::string text;
  unsigned buffer = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    buffer = ((buffer << 8) | static_cast<unsigned char>(c)) & 0xfffU;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += kBase32[(buffer >> bits) & 31U];
    }
  }
  if (bits > 0) text += kBase32[(buffer << (5 - bits)) & 31U];
  return text;
}

}  // namespace

Result<std::string> NkeyPublicFromSeed(std::string_view seed) {
  const auto bad = [] {
    return Fail(Errc::kConfigInvalid, "the nkey seed is not valid",
                "The file must hold a line that starts with S and has 58 characters.");
  };
  if (seed.size() != kSeedText) return bad();
  const std::string bytes = DecodeBase32(seed);
  if (bytes.size() != kSeedBytes) return bad();
  const auto at = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[i]));
  };
  const unsigned crc = at(34) | at(35) << 8;
  constexpr unsigned kSeedPrefix = 18U << 3;
  if (crc != Crc16(std::string_view(bytes).substr(0, 34)) || (at(0) & 0xf8U) != kSeedPrefix) {
    return bad();
  }
  const unsigned kind = ((at(0) & 7U) << 5) | (at(1) >> 3);
  std::string key(1, static_cast<char>(kind));
  key += Ed25519PublicKey(std::string_view(bytes).substr(2, 32));
  const std::uint16_t sum = Crc16(key);
  key += static_cast<char>(sum & 0xffU);
  key += static_cast<char>(sum >> 8);
  return EncodeBase32(key);
}

Result<std::string> NkeyPublicFromFile(const std::string& path) {
  JETKEEP_ASSIGN(const std::string bytes, ReadSmallFile(path));
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::size_t end = rest.find_first_of("\r\n\t ");
    const std::string_view word = rest.substr(0, end);
    if (word.starts_with("S") && word.size() == kSeedText) {
      auto key = NkeyPublicFromSeed(word);
      if (!key) return Fail(std::move(key).error().Within(path));
      return key;
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return Fail(Errc::kConfigInvalid, path + ": holds no nkey seed",
              "The file must hold a line that starts with S and has 58 characters.");
}

}  // namespace jetkeep

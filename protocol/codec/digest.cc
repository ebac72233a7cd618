#include "protocol/codec/digest.h"

#include <sodium.h>

namespace jetkeep {
namespace {

const unsigned char* Bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Picks the fast implementations of the library; it is thread-safe and cheap after the first time.
void InitialiseOnce() {
  static const int initialised = sodium_init();
  static_cast<void>(initialised);
}

}  // namespace

struct Blake2bHasher::State {
  crypto_generichash_blake2b_state state;
};

Digest Sha256(std::string_view bytes) {
  InitialiseOnce();
  Digest digest;
  crypto_hash_sha256(digest.data(), Bytes(bytes), bytes.size());
  return digest;
}

Digest Blake2b(std::string_view bytes) {
  InitialiseOnce();
  Digest digest;
  crypto_generichash_blake2b(digest.data(), digest.size(), Bytes(bytes), bytes.size(), nullptr, 0);
  return digest;
}

Blake2bHasher::Blake2bHasher() : state_(std::make_unique<State>()) {
  InitialiseOnce();
  crypto_generichash_blake2b_init(&state_->state, nullptr, 0, sizeof(Digest));
}
Blake2bHasher::~Blake2bHasher() = default;
Blake2bHasher::Blake2bHasher(Blake2bHasher&&) noexcept = default;
Blake2bHasher& Blake2bHasher::operator=(Blake2bHasher&&) noexcept = default;

void Blake2bHasher::Update(std::string_view bytes) {
  crypto_generichash_blake2b_update(&state_->state, Bytes(bytes), bytes.size());
}

Digest Blake2bHasher::Finish() {
  Digest digest;
  crypto_generichash_blake2b_final(&state_->state, digest.data(), digest.size());
  crypto_generichash_blake2b_init(&state_->state, nullptr, 0, sizeof(Digest));
  return digest;
}

std::string ToHex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

std::string ToHex(const Digest& digest) {
  return ToHex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

Result<std::string> FromHex(std::string_view digits) {
  if (digits.size() % 2 != 0) {
    return Fail(Errc::kRepositoryCorrupt, "odd number of hexadecimal digits");
  }
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = HexValue(digits[i]);
    const int low = HexValue(digits[i + 1]);
    if (high < 0 || low < 0) {
      return Fail(Errc::kRepositoryCorrupt,
                  "not a hexadecimal digit at position " + std::to_string(high < 0 ? i : i + 1));
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

Result<Digest> DigestFromHex(std::string_view digits) {
  Digest digest;
  if (digits.size() != digest.size() * 2) {
    return Fail(Errc::kRepositoryCorrupt,
                "a digest of " + std::to_string(digits.size()) + " digits instead of 64");
  }
  JETKEEP_ASSIGN(const std::string bytes, FromHex(digits));
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<std::uint8_t>(bytes[i]);
  return digest;
}

}  // namespace jetkeep

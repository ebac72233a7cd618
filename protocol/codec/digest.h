// 32-byte digests: SHA-256 (what servers use for keys) and BLAKE2b-256 (what our repository uses).
// Thread-safety: functions are pure; one thread at a time uses a hasher.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

using Digest = std::array<std::uint8_t, 32>;

Digest Sha256(std::string_view bytes);
Digest Blake2b(std::string_view bytes);

// Blake2b of bytes that come in pieces.
class Blake2bHasher {
 public:
  Blake2bHasher();
  ~Blake2bHasher();
  Blake2bHasher(Blake2bHasher&&) noexcept;
  Blake2bHasher& operator=(Blake2bHasher&&) noexcept;

  void Update(std::string_view bytes);
  // The digest of all bytes so far. The hasher is as new afterwards.
  Digest Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Lower-case hexadecimal digits.
std::string ToHex(std::string_view bytes);
std::string ToHex(const Digest& digest);

// Accepts both cases. Anything else than an even number of digits is kRepositoryCorrupt.
Result<std::string> FromHex(std::string_view digits);
// The same, exactly 64 digits.
Result<Digest> DigestFromHex(std::string_view digits);

}  // namespace jetkeep

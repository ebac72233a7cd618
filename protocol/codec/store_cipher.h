// The ciphers of a server's encrypted store: HMAC-SHA256 for keys, XChaCha20-Poly1305 or
// AES-256-GCM (nonces of 16 bytes) for small files, XChaCha20 or AES-256-CTR for blocks.
// Only what reading needs. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/codec/digest.h"

namespace jetkeep {

enum class StoreCipher : std::uint8_t { kChaCha, kAes };

// In front of whatever the cipher sealed.
constexpr std::size_t NonceSize(StoreCipher cipher) {
  return cipher == StoreCipher::kChaCha ? 24 : 16;
}

// Of the concatenation of `parts`; the key has any length.
Digest HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts);

// sealed: nonce, ciphertext, tag of 16 bytes. Nothing if it was not sealed with that key, or was
// changed since.
std::optional<std::string> OpenSealed(StoreCipher cipher, const Digest& key,
                                      std::string_view sealed);

// Encrypts or decrypts, in place, data that begins where the key stream begins. Proves nothing of
// the data. nonce: NonceSize(cipher) bytes.
void ApplyKeyStream(StoreCipher cipher, const Digest& key, std::string_view nonce, char* data,
                    std::size_t size);

}  // namespace jetkeep

#include "protocol/codec/store_cipher.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <memory>

namespace jetkeep {
namespace {

constexpr std::size_t kTagSize = 16;
// The library takes the length of a piece as an int.
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;

const unsigned char* Bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

std::optional<std::string> OpenGcm(const Digest& key, std::string_view nonce,
                                   std::string_view ciphertext, std::string_view tag) {
  if (ciphertext.size() > kMostAtOnce) return std::nullopt;
  const Context context(EVP_CIPHER_CTX_new());
  std::string plain(ciphertext.size(), '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  std::string tag_copy(tag);
  int length = 0;
  const bool opened =
      context &&
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_IVLEN, static_cast<int>(nonce.size()),
                          nullptr) == 1 &&
      EVP_DecryptInit_ex(context.get(), nullptr, nullptr, key.data(), Bytes(nonce)) == 1 &&
      EVP_DecryptUpdate(context.get(), out, &length, Bytes(ciphertext),
                        static_cast<int>(ciphertext.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagSize),
                          tag_copy.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), out + length, &length) == 1;
  if (!opened) return std::nullopt;
  return plain;
}

std::optional<std::string> OpenPoly1305(const Digest& key, std::string_view nonce,
                                        std::string_view with_tag) {
  std::string plain(with_tag.size() - kTagSize, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(plain.data()),
                                                 nullptr, nullptr, Bytes(with_tag), with_tag.size(),
                                                 nullptr, 0, Bytes(nonce), key.data()) != 0) {
    return std::nullopt;
  }
  return plain;
}

void ApplyCtr(const Digest& key, std::string_view nonce, char* data, std::size_t size) {
  const Context context(EVP_CIPHER_CTX_new());
  bool applied = context && EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr,
                                               key.data(), Bytes(nonce)) == 1;
  auto* bytes = reinterpret_cast<unsigned char*>(data);
  while (applied && size > 0) {
    const int piece = static_cast<int>(std::min(size, kMostAtOnce));
    int length = 0;
    applied = EVP_EncryptUpdate(context.get(), bytes, &length, bytes, piece) == 1;
    bytes += piece;
    size -= static_cast<std::size_t>(piece);
  }
  // Only where memory is gone. What is left has no checksum that fits.
}

}  // namespace

Digest HmacSha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, Bytes(key), key.size());
  for (const std::string_view part : parts) {
    crypto_auth_hmacsha256_update(&state, Bytes(part), part.size());
  }
  Digest digest;
  crypto_auth_hmacsha256_final(&state, digest.data());
  return digest;
}

std::optional<std::string> OpenSealed(StoreCipher cipher, const Digest& key,
                                      std::string_view sealed) {
  const std::size_t nonce_size = NonceSize(cipher);
  if (sealed.size() < nonce_size + kTagSize) return std::nullopt;
  const std::string_view nonce = sealed.substr(0, nonce_size);
  sealed.remove_prefix(nonce_size);
  if (cipher == StoreCipher::kChaCha) return OpenPoly1305(key, nonce, sealed);
  return OpenGcm(key, nonce, sealed.substr(0, sealed.size() - kTagSize),
                 sealed.substr(sealed.size() - kTagSize));
}

void ApplyKeyStream(StoreCipher cipher, const Digest& key, std::string_view nonce, char* data,
                    std::size_t size) {
  if (cipher == StoreCipher::kAes) return ApplyCtr(key, nonce, data, size);
  auto* bytes = reinterpret_cast<unsigned char*>(data);
  crypto_stream_xchacha20_xor(bytes, bytes, size, Bytes(nonce), key.data());
}

}  // namespace jetkeep

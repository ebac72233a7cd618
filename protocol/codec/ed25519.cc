#include "protocol/codec/ed25519.h"

#include <sodium.h>

#include <array>
#include <cstdlib>

namespace jetkeep {

std::string Ed25519PublicKey(std::string_view seed) {
  if (seed.size() != crypto_sign_SEEDBYTES) std::abort();
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> public_key;
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_key;
  crypto_sign_seed_keypair(public_key.data(), secret_key.data(),
                           reinterpret_cast<const unsigned char*>(seed.data()));
  sodium_memzero(secret_key.data(), secret_key.size());
  return std::string(reinterpret_cast<const char*>(public_key.data()), public_key.size());
}

}  // namespace jetkeep

// Ed25519 keys (RFC 8032), as far as nkeys need them.
#pragma once

#include <string>
#include <string_view>

namespace jetkeep {

// The public key, 32 bytes, of a seed. REQUIRES: seed.size() == 32.
std::string Ed25519PublicKey(std::string_view seed);

}  // namespace jetkeep

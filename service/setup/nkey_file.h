// Files that hold an nkey seed (NATS architecture decision record: nkeys; base32 without padding of
// two prefix bytes, 32 bytes of key and a little-endian CRC-16).
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

// The public key ("U…") of a seed ("SU…"). kConfigInvalid without the seed in the message.
Result<std::string> NkeyPublicFromSeed(std::string_view seed);

// The same for the first seed in a file, which may stand between other lines.
Result<std::string> NkeyPublicFromFile(const std::string& path);

}  // namespace jetkeep

// Base64 as the JetStream API carries payloads. Pure.
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

// Standard alphabet with padding (RFC 4648, section 4).
std::string EncodeBase64(std::string_view bytes);
// kInvalidRequest for anything else.
Result<std::string> DecodeBase64(std::string_view text);

}  // namespace jetkeep

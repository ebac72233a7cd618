// URLs of plain HTTP. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/base/host_port.h"

namespace jetkeep {

// http://HOST[:PORT][/PATH], without a login.
struct HttpUrl {
  HostPort place;
  std::string path;  // begins with '/', percent-encoded as given
};

// kConfigInvalid; no message repeats the text, which may hold a password.
Result<HttpUrl> ParseHttpUrl(std::string_view text);

// Percent-encodes all but unreserved characters: a part of a path.
std::string EncodePathPart(std::string_view text);

}  // namespace jetkeep

// The login in server URLs (nats://user:password@host), where it is written with percent-escapes:
// the client library takes the text as it stands, the nats command line decodes it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

struct UrlLogin {
  std::string user;  // with password; or else
  std::string password;
  std::string token;
};

// The decoded login, taken out of the URLs; nothing if none of them has an escape in it, and then
// the URLs stay as they are. kConfigInvalid: an escape that is none, or URLs with different logins.
// No message repeats any of it.
Result<std::optional<UrlLogin>> TakeEscapedLogin(std::vector<std::string>& urls);

}  // namespace jetkeep

// Decodes percent-escapes in the login of server URLs (nats://user:p%40ss@host), as the nats
// command line does. The client library does not.
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

// Takes the login out of the URLs and decodes it. Returns nothing, and leaves the URLs alone, if no
// login holds an escape. kConfigInvalid: an escape is not valid, or the URLs have different logins.
// No message repeats any part of a login.
Result<std::optional<UrlLogin>> TakeEscapedLogin(std::vector<std::string>& urls);

}  // namespace jetkeep

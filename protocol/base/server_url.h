// URLs of NATS servers, in which a login may stand. A pure function.
#pragma once

#include <optional>
#include <string_view>

namespace jetkeep {

// Parts of the text that was split, which they do not outlive.
struct ServerUrl {
  std::string_view scheme;                // with "://"; may be empty
  std::optional<std::string_view> login;  // USER:PASSWORD, or a token
  std::string_view host;                  // and all that follows it
};

// [SCHEME://][LOGIN@]HOST[:PORT]. The last @ counts: a password may hold one, a host cannot.
ServerUrl SplitServerUrl(std::string_view url);

}  // namespace jetkeep

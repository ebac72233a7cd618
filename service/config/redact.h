// Hides what must not be printed or logged.
#pragma once

#include <string>
#include <string_view>

namespace jetkeep {

inline constexpr std::string_view kHidden = "xxxxx";

// "nats://bob:secret@host:4222" becomes "nats://xxxxx@host:4222" (a token before the @ as well);
// works on a comma separated list too.
std::string HideUrlSecrets(std::string_view urls);

}  // namespace jetkeep

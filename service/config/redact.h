// Hides what must not be printed or logged.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jetkeep {

inline constexpr std::string_view kHidden = "xxxxx";

// "nats://bob:secret@host:4222" becomes "nats://xxxxx@host:4222" (a token before the @ as well);
// works on a comma separated list too.
std::string HideUrlSecrets(std::string_view urls);
// The same of several, joined by commas.
std::string ShownServers(const std::vector<std::string>& urls);

}  // namespace jetkeep

// Addresses as people write them: HOST:PORT, [IPV6]:PORT, :PORT. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jetkeep {

struct HostPort {
  std::string host;  // without brackets; empty: none was given
  std::uint16_t port = 0;
};

// Nothing if the text is no such address. Port 0 is one: the system chooses.
std::optional<HostPort> ParseHostPort(std::string_view text);

}  // namespace jetkeep

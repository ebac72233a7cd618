// Asks a server who it is. The client library keeps the version to itself, but every server sends
// it as the first line of a connection, before any login.
#pragma once

#include <chrono>
#include <string>

#include "jetkeep/error.h"
#include "protocol/js_api/responses.h"

namespace jetkeep {

// `url` is "nats://host:port" or "host:port" (an IPv6 address in brackets). Opens a connection of
// its own and closes it after the line. Fails with kTimeout or kNotConnected; a server that wants
// TLS before anything else says nothing in time. Thread-safety: no state.
Result<ServerInfo> AskServerInfo(const std::string& url, std::chrono::milliseconds timeout);

}  // namespace jetkeep

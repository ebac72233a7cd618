// Reads what a server says before any login: the first line of a connection. It tells who the
// server is, which the client library keeps to itself, and why a connection cannot be had.
#pragma once

#include <chrono>
#include <string>

#include "jetkeep/error.h"
#include "protocol/js_api/responses.h"

namespace jetkeep {

struct Greeting {
  enum class Outcome : std::uint8_t {
    kNameNotFound,
    kNotReached,
    kSilent,   // a server that wants TLS before anything else says nothing
    kNotNats,  // something else listens there
    kRefused,  // the server takes no connection now
    kGreeted,
  };
  Outcome outcome = Outcome::kNotReached;
  std::string address;  // host:port
  std::string detail;   // the reason, where there is no greeting
  std::string line;     // "INFO {…}"
};

// `url` is "nats://host:port" or "host:port" (an IPv6 address in brackets; a login in it is passed
// over). Opens a plain connection of its own and closes it after the line. Takes no longer than
// `timeout`, but for the look-up of the name. Thread-safety: no state.
Greeting ReadGreeting(const std::string& url, std::chrono::milliseconds timeout);

// Who the server is. Fails with kTimeout, kNotConnected or kServerError.
Result<ServerInfo> AskServerInfo(const std::string& url, std::chrono::milliseconds timeout);

}  // namespace jetkeep

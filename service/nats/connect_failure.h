// Says why an attempt to connect has failed, and what to do about it: from the client library's
// status, from what was to be used, and from what the servers say to anybody who connects. Private
// to this folder.
#pragma once

#include <nats/nats.h>

#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "service/nats/connection_options.h"
#include "service/nats/greeting.h"

namespace jetkeep {

// Whether the servers' greetings can tell more than the status does.
bool NeedsGreetings(natsStatus status);

// Asks all servers of the options, for a second each.
std::vector<Greeting> ReadGreetings(const ConnectionOptions& options);

// `text`: the library's words about the status, without places in its sources. kPermissionDenied
// where a server has refused the login, else kNotConnected. Pure.
Error ConnectFailure(natsStatus status, const std::string& text, const ConnectionOptions& options,
                     const std::vector<Greeting>& greetings);

}  // namespace jetkeep

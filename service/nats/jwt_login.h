// Logs in with a user's JWT and seed that are texts and not a file. Private to this folder.
#pragma once

#include <nats/nats.h>

#include <string>

namespace jetkeep {

// Without a seed the JWT must be one that the server takes unsigned (a bearer token).
natsStatus SetJwtLogin(natsOptions* options, const std::string& jwt, const std::string& seed);

}  // namespace jetkeep

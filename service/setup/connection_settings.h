// From configuration to what service/nats wants.
#pragma once

#include "jetkeep/error.h"
#include "service/config/config.h"
#include "service/nats/connection_options.h"

namespace jetkeep {

// Reads the seed file, if there is one, to find its public key.
Result<ConnectionOptions> ConnectionOptionsFrom(const AccountConfig& account);

}  // namespace jetkeep

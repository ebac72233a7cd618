// Makes connection options from the configuration of an account.
#pragma once

#include "jetkeep/error.h"
#include "service/config/config.h"
#include "service/nats/connection_options.h"

namespace jetkeep {

// Reads the files that the configuration names, so that a missing or wrong one is an error now and
// not at each attempt to connect: kConfigInvalid.
Result<ConnectionOptions> ConnectionOptionsFrom(const AccountConfig& account);
// The same with what files of secrets hold now.
Result<ConnectionOptions> RefreshedOptionsFrom(AccountConfig account);

}  // namespace jetkeep

// The ends of a copy: accounts of the configuration file, or contexts of the nats command line.
#pragma once

#include <string>

#include "jetkeep/error.h"
#include "service/config/load.h"

namespace jetkeep {

// What `loaded` was read from, with all accounts of the file, whichever of them the environment
// chooses for other commands. kConfigInvalid.
Result<LoadedConfig> LoadAllAccounts(const LoadedConfig& loaded, const Environment& environment);

// The account of that name in the configuration; or else the one that the context says: its name,
// or the path of a .json file. Of the environment nothing counts for a context, because it would
// count for both ends; of the flags --timeout does. kConfigInvalid.
Result<AccountConfig> FindEnd(const LoadedConfig& loaded, const Environment& environment,
                              const std::string& name);

}  // namespace jetkeep

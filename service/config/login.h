// Decides how an account logs in if several sources name a way. Private to this folder.
#pragma once

#include <cstddef>

#include "service/config/load.h"

namespace jetkeep {

// Leaves one way: that of the highest source. References to secrets become the secrets. Errors are
// kConfigInvalid and name the sources.
Status SettleLogin(LoadedConfig& loaded, std::size_t entry, const Environment& environment);

}  // namespace jetkeep

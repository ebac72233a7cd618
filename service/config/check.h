// Checks values that depend on each other.
#pragma once

#include "jetkeep/error.h"
#include "service/config/config.h"
#include "service/config/load.h"

namespace jetkeep {

// For this folder.
Status CheckTogether(const LoadedConfig& loaded);

// For a service: of accounts that are reached by the same servers and login, at most one takes
// requests. kConfigInvalid.
Status CheckFaces(const Config& config);

}  // namespace jetkeep

// From configuration to what the engine and the repository want.
#pragma once

#include "jetkeep/error.h"
#include "service/config/config.h"
#include "service/engine/engine_options.h"
#include "service/repository/repository.h"

namespace jetkeep {

EngineOptions EngineOptionsFrom(const Config& config);
RepositoryOptions RepositoryOptionsFrom(const Config& config);

}  // namespace jetkeep

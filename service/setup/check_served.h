// What a service refuses of a configuration that is well-formed: for `serve`, for one that is read
// again, and for `config --check`. Any thread; reads files that the configuration names.
#pragma once

#include "jetkeep/error.h"
#include "service/config/config.h"

namespace jetkeep {

Status CheckServed(const Config& config);

}  // namespace jetkeep

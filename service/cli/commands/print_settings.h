// The effective configuration, as `config` and `serve --print-config` print it.
#pragma once

#include "service/cli/console.h"
#include "service/config/load.h"

namespace jetkeep {

int PrintSettings(const LoadedConfig& loaded, Console& console);

}  // namespace jetkeep

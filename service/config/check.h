// Checks values that depend on each other. Private to this folder.
#pragma once

#include "service/config/load.h"

namespace jetkeep {

Status CheckTogether(const LoadedConfig& loaded);

}  // namespace jetkeep

// Whether a stream is one that a restore has not ended yet.
#pragma once

#include <string>

#include "jetkeep/error.h"

namespace jetkeep {

// A stream with the token of a restore may hold any part of what it will be, and fewer consumers; a
// backup of it would be newer than the one that is being restored. kStreamChanged.
Status CheckNotBeingRestored(const std::string& config_json, const std::string& stream);

}  // namespace jetkeep

// Turns errno into an Error. A detail of this folder. Thread-safety: pure functions.
#pragma once

#include <string>

#include "jetkeep/error.h"

namespace jetkeep {

// number: as errno had it; doing: "write", "open", …; path: what the operator can look for.
tl::unexpected<Error> PosixFailure(int number, const std::string& doing, const std::string& path);

}  // namespace jetkeep

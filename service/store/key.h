// The form of keys and prefixes. Thread-safety: pure functions.
#pragma once

#include <string>

#include "jetkeep/error.h"

namespace jetkeep {

// Fails unless each part of the key is neither empty nor "." nor "..".
Status CheckKey(const std::string& key);
// The same, or "".
Status CheckPrefix(const std::string& prefix);

}  // namespace jetkeep

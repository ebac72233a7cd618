// Which accounts have backups in a store, by the names of its folders. Thread-safety: any thread.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/store.h"

namespace jetkeep {

// Labels, sorted. Empty if this account has a folder itself, or the store cannot be read: others
// say that.
std::vector<std::string> AccountsInstead(Store& store, const std::string& account);

}  // namespace jetkeep

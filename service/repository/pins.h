// Pins: what cannot be deleted. FORMAT.md, "Pins". Thread-safety: all members may be called from
// any thread. The store outlives it.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "jetkeep/error.h"
#include "jetkeep/store.h"

namespace jetkeep {

class Pins {
 public:
  explicit Pins(Store& store) : store_(store) {}

  // The ids of all backups and sets that are pinned.
  Result<std::set<std::string>> All();
  Result<bool> Has(const std::string& id);
  // No error if it is pinned, or not pinned, already.
  Status Add(const std::string& id, std::int64_t now_ns);
  Status Remove(const std::string& id);

 private:
  Store& store_;
};

}  // namespace jetkeep

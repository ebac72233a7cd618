// The sets that are being made: each has a lease, by which others know that backups may belong to a
// set that does not name them yet. FORMAT.md, "Sets". Thread-safety: all members may be called from
// any thread. Store and leases outlive it.
#pragma once

#include <memory>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/store.h"
#include "service/store/lease.h"

namespace jetkeep {

class SetsBeingMade {
 public:
  SetsBeingMade(Store& store, Leases& leases) : store_(store), leases_(leases) {}

  // Held until the set is kept or given up, then erased.
  Result<std::unique_ptr<Lease>> Begin(const std::string& set_id);
  // kBackupInUse while a set is being made. Waits for the leases' time to live if one stands still,
  // and then takes it away, unless it only looks: its maker notices.
  Status CheckNone(bool only_look, const CancelToken& cancel);

 private:
  Status CheckOne(const std::string& key, bool only_look, const CancelToken& cancel);

  Store& store_;
  Leases& leases_;
};

}  // namespace jetkeep

// BackupClaim: that a backup is being made here, by whom, and that he still may. Made of the
// pending object, which tells others which backup it is; a lock on it, by which they see at once
// that this process has died; and a lease, by which they see that it stands still, and by which it
// sees, when it goes on, that another took its place (DESIGN.md, "Locks and leases").
//
// Thread-safety: one thread at a time; Check from any. Ownership: store and leases outlive it.
#pragma once

#include <memory>
#include <string>

#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "service/store/layers/leased_store.h"
#include "service/store/lease.h"

namespace jetkeep {

// The key of the lease of a backup in its lineage.
std::string BackupLeaseIn(const LineagePath& place, const std::string& backup_id);

class BackupClaim {
 public:
  // kJobConflict if another process is making a backup of that id.
  static Result<BackupClaim> Make(Store& store, Leases& leases, const LineagePath& place,
                                  const std::string& backup_id);

  // The store, for as long as the claim holds: kLeaseLost otherwise.
  Store& store() { return *leased_; }
  // kLeaseLost if another process has taken the backup's place.
  Status Check() { return lease_->Check(); }
  // Whoever sees neither pending object nor lease knows that the backup is over. For good.
  void Release();

 private:
  BackupClaim(Store& store, std::string pending, std::unique_ptr<ObjectLock> lock,
              std::unique_ptr<Lease> lease);

  std::string pending_;
  std::unique_ptr<ObjectLock> lock_;
  std::unique_ptr<Lease> lease_;
  std::unique_ptr<LeasedStore> leased_;
};

}  // namespace jetkeep

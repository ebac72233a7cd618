#include "service/repository/backup_claim.h"

#include <utility>

namespace jetkeep {

std::string BackupLeaseIn(const LineagePath& place, const std::string& backup_id) {
  return place.directory() + "/" + BackupLeaseKey(backup_id);
}

BackupClaim::BackupClaim(Store& store, std::string pending, std::unique_ptr<ObjectLock> lock,
                         std::unique_ptr<Lease> lease)
    : pending_(std::move(pending)),
      lock_(std::move(lock)),
      lease_(std::move(lease)),
      leased_(std::make_unique<LeasedStore>(store, *lease_)) {}

Result<BackupClaim> BackupClaim::Make(Store& store, Leases& leases, const LineagePath& place,
                                      const std::string& backup_id) {
  const auto taken = [&] {
    return Fail(Errc::kJobConflict, "backup " + backup_id + " is being made by another process");
  };
  std::string pending = place.Pending(backup_id);
  JETKEEP_ASSIGN(const auto writer, store.Create(pending));
  // Locked before anybody sees it.
  JETKEEP_ASSIGN(auto lock, writer->Lock());
  if (Status made = writer->Commit(Durability::kVolatile); !made) {
    if (made.error().code == Errc::kObjectExists) return taken();
    // It may be there all the same.
    static_cast<void>(store.Remove(pending));
    return Fail(std::move(made).error());
  }
  // A lease without a pending object is nobody's, so it comes second.
  auto lease = leases.AcquireNew(BackupLeaseIn(place, backup_id));
  if (!lease || !*lease) {
    static_cast<void>(store.Remove(pending));
    if (!lease) return Fail(std::move(lease).error());
    return taken();
  }
  return BackupClaim(store, std::move(pending), std::move(lock), std::move(*lease));
}

void BackupClaim::Release() {
  // What stays after a failure is removed by the next clean-up.
  if (!leased_->Remove(pending_)) return;
  static_cast<void>(lease_->Erase());
  lock_.reset();
}

}  // namespace jetkeep

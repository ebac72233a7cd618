// Keeps the last good backup of a stream from being deleted by mistake, also by several instances
// that delete at once. Thread-safety: functions may be called from any thread.
#pragma once

#include <memory>
#include <string>

#include "jetkeep/error.h"
#include "jetkeep/store.h"
#include "protocol/repository/layout.h"

namespace jetkeep {

// Whether a deletion may take the last good backup of a stream.
enum class LastBackup : std::uint8_t { kKeep, kDelete };

// Finds another backup of the same stream that is worth as much as this one, as far as its files
// tell, and locks it: while the lock is held, nobody deletes it. Null if this backup is worth
// nothing because its manifest is damaged. A backup is worth most if it is complete and did not
// fail its last verification.
//
// REQUIRES: the caller holds the exclusive lock of this backup. Of two callers that delete the last
// two, at most one gets the other's lock.
//
// Errors: kLastBackup if there is none; kBackupInUse if the only one is being deleted; the error of
// this backup's files if they cannot be read.
Result<std::unique_ptr<ObjectLock>> LockAnother(Store& store, const LineagePath& place,
                                                const std::string& backup_id);

}  // namespace jetkeep

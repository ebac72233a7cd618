// Which backup a restore by a stream's name takes: the newest. If that one cannot be used, the
// restore fails and names it, unless an older one is allowed; then what was passed over, and why,
// is said. Nothing that cannot be read is taken for absent.
//
// Thread-safety: may be called from any thread but the workers'.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/error.h"
#include "jetkeep/store.h"
#include "service/repository/listing.h"
#include "service/repository/segments/block_workers.h"

namespace jetkeep {

// What the backup is taken for. One of configurations alone holds no messages.
enum class ChosenFor : std::uint8_t { kMessages, kConfiguration };

struct RestoreChoice {
  BackupSummary backup;
  std::vector<std::string> warnings;
};

// unusable: backups that showed to be damaged while they were read, besides what their files tell.
// Errors: kNewerBackupUnusable names the newer ones; kBackupNotFound if there is no backup, or none
// that can be used.
Result<RestoreChoice> ChooseForRestore(Store& store, BlockWorkers& workers,
                                       const std::string& account, const std::string& stream,
                                       bool allow_older,
                                       const std::vector<UnreadableBackup>& unusable = {},
                                       ChosenFor what = ChosenFor::kMessages);

}  // namespace jetkeep

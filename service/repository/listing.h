// What backups there are, read by several threads at once.
// Thread-safety: may be called from any thread but the workers'.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/error.h"
#include "jetkeep/filesystem.h"
#include "protocol/repository/layout.h"
#include "service/repository/block_workers.h"

namespace jetkeep {

// A manifest that is there by its name but cannot be read or trusted.
struct UnreadableBackup {
  std::string id;
  Error why;
  std::string lineage = {};
};

// What the names of the files tell, with as much as can be read of each. Nothing is left out: what
// cannot be read is there as such.
struct FoundBackups {
  std::vector<BackupSummary> backups;        // newest first
  std::vector<UnreadableBackup> unreadable;  // manifests
  // Backups (these are among `backups`) with a verification result that cannot be read: it may be
  // one that says that the backup is bad.
  std::vector<UnreadableBackup> unknown_verification;
  // Lineages of which not even the names can be read. The id is that of the lineage.
  std::vector<UnreadableBackup> unreadable_lineages;
};

// An empty account or stream means all.
Result<FoundBackups> FindBackups(FileSystem& files, BlockWorkers& workers,
                                 const std::string& account, const std::string& stream);

// The same as people see it: what cannot be read, and clocks that disagree, are warnings.
Result<BackupListing> ReadListing(FileSystem& files, BlockWorkers& workers,
                                  const std::string& account, const std::string& stream);

}  // namespace jetkeep

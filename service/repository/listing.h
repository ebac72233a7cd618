// What backups there are, read by several threads at once.
// Thread-safety: may be called from any thread but the workers'.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "service/repository/segments/block_workers.h"

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
  // Directories above them that cannot be read: what they hold is unknown.
  std::vector<Error> unreadable_places;
  // Copies of manifests, which are no backups where they lie.
  std::vector<Error> copies;
};

// An empty account or stream means all.
Result<FoundBackups> FindBackups(Store& store, BlockWorkers& workers, const std::string& account,
                                 const std::string& stream);

// For those who need no list, and must not be in the way of jobs: on the caller's thread, one
// object after the other, and none is kept.
struct BackupVisitor {
  // verification_unknown: a result cannot be read, which may say that the backup is bad.
  std::function<void(const BackupSummary&, bool verification_unknown)> backup;
  // Once for each manifest, result and directory that cannot be read.
  std::function<void(const Error&)> unreadable;
};
// In no order. kCancelled.
Status VisitBackups(Store& store, const std::string& account, const BackupVisitor& visitor,
                    const CancelToken& cancel);

// FindBackups as people see it: what cannot be read, copies, and clocks that disagree, are
// warnings. A stream that was asked for and of which nothing can be read is an error.
Result<BackupListing> ReadListing(Store& store, BlockWorkers& workers, const std::string& account,
                                  const std::string& stream);

}  // namespace jetkeep

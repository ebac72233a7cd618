// ReadListing: what there is, newest first, read by several threads at once.
// Thread-safety: may be called from any thread but the workers'.
#pragma once

#include <string>

#include "jetkeep/backup.h"
#include "jetkeep/error.h"
#include "jetkeep/filesystem.h"
#include "service/repository/block_workers.h"

namespace jetkeep {

// An empty account or stream means all. A manifest that cannot be read is a warning in the listing.
Result<BackupListing> ReadListing(FileSystem& files, BlockWorkers& workers,
                                  const std::string& account, const std::string& stream);

}  // namespace jetkeep

// Exports a backup into the data directory of a server that does not run, as that server keeps a
// stream: it starts with it. By the plan of a restore, from the files instead of from a server.
// Thread-safety: one thread.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/clock.h"
#include "jetkeep/error.h"
#include "service/engine/transfer/stopped_store.h"
#include "service/repository/repository.h"

namespace jetkeep {

struct StoreExportSpec {
  std::string server_version;  // of the server that will start on it
  bool drop_unknown = false;
  bool skip_refused_consumers = false;
  std::string scratch_directory;
};

struct StoreExport {
  BackupSummary backup;
  std::string path;  // of the stream's folder
  std::string account;
  std::uint64_t bytes = 0;            // of all files
  std::vector<std::string> left_out;  // of the backup, in words
  std::vector<std::string> warnings;
  std::vector<std::string> unchecked;
};

// The stream's folder appears whole, or not at all. Errors: those of a restore's plan, and of
// StoppedStore.
Result<StoreExport> ExportToStore(Repository& repository, const std::string& backup_id,
                                  StoppedStore& store, const StoreExportSpec& spec,
                                  const WallClock& clock, const CancelToken& cancel);

}  // namespace jetkeep

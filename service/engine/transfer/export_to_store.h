// Exports a backup into the data directory of a server that does not run, as that server keeps a
// stream: it starts with it. By the plan of a restore, from the files instead of from a server.
// Thread-safety: one thread.
#pragma once

#include <memory>
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

// Streams are written beside their places, and appear together: what protects them (a look at the
// whole directory and at all processes, one commit of the file system) is done once for many.
class StoreExporter {
 public:
  // All outlive the exporter.
  StoreExporter(Repository& repository, StoppedStore& store, const StoreExportSpec& spec,
                const WallClock& clock, const CancelToken& cancel)
      : repository_(repository), store_(store), spec_(spec), clock_(clock), cancel_(cancel) {}

  // stream: of the backup; empty: not known. Errors: those of a restore's plan, and of the store.
  Result<StoreExport> Stage(const std::string& backup_id, const std::string& stream);
  bool full() const;
  // What was staged appears, each stream's folder whole or not at all: what became of each, in the
  // order in which they were staged.
  std::vector<Status> Publish();

 private:
  struct Staged {
    std::string stream;
    std::unique_ptr<StagedFolder> folder;
  };
  Repository& repository_;
  StoppedStore& store_;
  const StoreExportSpec& spec_;
  const WallClock& clock_;
  const CancelToken& cancel_;
  std::vector<Staged> staged_;
};

}  // namespace jetkeep

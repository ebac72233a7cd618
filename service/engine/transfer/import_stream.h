// ImportStream: one backup in the repository from one archive that another program took.
//
// The archive goes through the same decoder and writer as a snapshot that comes from a server, and
// nothing is published unless all of it was read, nothing in it is damaged, and the file did not
// change meanwhile. What the backup is a picture of is judged by what the files prove: exact only
// if the messages inside are as many as the state counts that the archive itself (v2) or
// backup.json (v1) gives, and neither was edited nor captured. Otherwise the backup is all that a
// server would restore from the archive, and says that it is not exact.
//
// Thread-safety: one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/clock.h"
#include "jetkeep/engine.h"
#include "jetkeep/error.h"
#include "service/engine/transfer/find_streams.h"
#include "service/engine/transfer/source_folder.h"
#include "service/repository/repository.h"

namespace jetkeep {

struct ImportContext {
  Repository& repository;
  const WallClock& clock;
  JobObserver& observer;
  const CancelToken& cancel;
  std::string from;  // the folder as the user named it, for the manifest
};

struct ImportedBackup {
  BackupSummary backup;
  bool was_there = false;  // imported before, from the same bytes
  std::vector<std::string> warnings;
};

// The name in `found`, or the one that the archive itself tells.
Result<std::string> StreamNameOf(const SourceFolder& folder, const FoundStream& found);

// folder: the one that `found` was found in.
Result<ImportedBackup> ImportStream(const SourceFolder& folder, const FoundStream& found,
                                    const ImportContext& context);

}  // namespace jetkeep

// RunRestoreAttempts: restores one backup, again where that can help.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "protocol/repository/manifest.h"
#include "service/engine/engine_options.h"
#include "service/engine/restore/restore_job.h"
#include "service/engine/restore/restore_recovery.h"
#include "service/repository/repository.h"

namespace jetkeep {

// What a restore works with; all of it outlives the restore. recovery: null where nobody cleans up
// after restores that died.
struct RestoreTools {
  JetStream& server;
  Repository& repository;
  const EngineOptions& options;
  RestoreRecovery* recovery;
};

// One stream of the restore of many.
struct PartOfRestore {
  PreparedRestore prepared;
  RestoreInProgress made = {};  // what was sent
  bool removal_failed = false;  // an attempt failed, and so did the removal of what it made
  bool unknown = false;         // an attempt was broken off, and nobody knows what it left
};

// part: null for the restore of one stream.
Result<RestoreReport> RunRestoreAttempts(const RestoreTools& tools, const Manifest& manifest,
                                         RestoreTarget target, JobObserver& observer,
                                         const CancelToken& cancel, PartOfRestore* part = nullptr);

// A warning if nothing proves that the backup is what the stream held at one moment.
void WarnOfInexactCut(const Manifest& manifest, std::vector<std::string>& warnings);

// Marks that the stream begins a new life. Where this fails the next backup may still join the
// lineage that was restored: if the messages are the same.
void NoteRestored(const RestoreTools& tools, const std::string& account, const std::string& stream);

}  // namespace jetkeep

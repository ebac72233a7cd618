// Capture: one attempt to take one snapshot into a backup's writer.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/snapshot.h"
#include "service/engine/capture_handler.h"
#include "service/engine/snapshot_pipe.h"
#include "service/repository/backup_writer.h"

namespace jetkeep {

struct CaptureResult {
  SnapshotReply reply;
  ArchiveSummary archive;
  Captured captured;
  std::uint64_t received_bytes = 0;
};

// Success: the archive was read to its end. Whether it holds all it should is for the account to
// say.
Result<CaptureResult> Capture(JetStream& server, const std::string& stream,
                              const CaptureOptions& options, BackupWriter& writer,
                              JobObserver& observer, const CancelToken& cancel);

}  // namespace jetkeep

// Capture: one attempt to take one snapshot into a backup's writer.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/snapshot.h"
#include "service/engine/backup/capture_handler.h"
#include "service/engine/snapshot_pipe.h"
#include "service/repository/backup_writer.h"

namespace jetkeep {

struct CaptureResult {
  SnapshotReply reply;
  ArchiveSummary archive;
  Captured captured;
  std::uint64_t received_bytes = 0;

  // Up to here the archive holds each message that is still live after it, unless the store is
  // damaged.
  std::uint64_t ArchiveEnd() const;
  // The server says inside the archive that it could not read all of the stream. It may have
  // forgotten what it could not read, and then its state says nothing of that.
  bool HasErrorsFile() const;
};

// Success: the archive was read to its end. What it lacks is found when the cut is judged.
Result<CaptureResult> Capture(JetStream& server, const std::string& stream,
                              const CaptureOptions& options, BackupWriter& writer,
                              JobObserver& observer, const CancelToken& cancel);

}  // namespace jetkeep

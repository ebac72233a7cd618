// Capture: one attempt to take one snapshot into a backup's writer.
//
// Two threads: the caller receives and acknowledges chunks and puts them into the spool, which
// never makes it wait; a decoder thread pulls them out (S2, archive, records). Whichever fails
// first stops the other, and its error is the one returned.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/snapshot.h"
#include "service/engine/capture_handler.h"
#include "service/repository/backup_writer.h"
#include "service/work/chunk_spool.h"

namespace jetkeep {

struct CaptureOptions {
  SnapshotOptions snapshot;
  ChunkSpoolOptions spool;
};

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

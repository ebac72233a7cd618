// PipeSnapshot: one attempt to take one snapshot through the decoder into a handler.
//
// Two threads: the caller receives and acknowledges chunks and puts them into the spool, which
// never makes it wait; a decoder thread pulls them out (S2, archive, records). Whichever fails
// first stops the other, and its error is the one returned.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/snapshot.h"
#include "service/work/chunk_spool.h"

namespace jetkeep {

struct CaptureOptions {
  SnapshotOptions snapshot;
  ChunkSpoolOptions spool;
};

struct PipedSnapshot {
  SnapshotReply reply;
  ArchiveSummary archive;
  std::uint64_t received_bytes = 0;
};

// on_reply is called before the first record, on the caller's thread; the handler on the decoder's.
// Success: the archive was read to its end.
Result<PipedSnapshot> PipeSnapshot(JetStream& server, const std::string& stream,
                                   const CaptureOptions& options, SnapshotHandler& handler,
                                   const std::function<void(const SnapshotReply&)>& on_reply,
                                   const CancelToken& cancel);

}  // namespace jetkeep

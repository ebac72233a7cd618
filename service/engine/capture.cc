#include "service/engine/capture.h"

#include <utility>

namespace jetkeep {

Result<CaptureResult> Capture(JetStream& server, const std::string& stream,
                              const CaptureOptions& options, BackupWriter& writer,
                              JobObserver& observer, const CancelToken& cancel) {
  CaptureHandler handler(writer, observer);
  const auto on_reply = [&](const SnapshotReply& reply) { handler.SetCut(reply.state); };
  JETKEEP_ASSIGN(PipedSnapshot snapshot,
                 PipeSnapshot(server, stream, options, handler, on_reply, cancel));
  return CaptureResult{std::move(snapshot.reply), snapshot.archive, std::move(handler.captured()),
                       snapshot.received_bytes};
}

}  // namespace jetkeep

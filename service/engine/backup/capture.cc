#include "service/engine/backup/capture.h"

#include <algorithm>
#include <utility>

namespace jetkeep {

bool CaptureResult::HasErrorsFile() const {
  return std::any_of(captured.damage.begin(), captured.damage.end(),
                     [](const ArchiveDamage& damage) { return damage.where == kErrorsFile; });
}

std::uint64_t CaptureResult::ArchiveEnd() const {
  return std::max(captured.last_sequence, reply.state.last_sequence);
}

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

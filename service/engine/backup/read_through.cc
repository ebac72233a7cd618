#include "service/engine/backup/read_through.h"

#include <utility>

#include "protocol/js_config/stream_config.h"
#include "service/engine/backup/tail.h"

namespace jetkeep {
namespace {

constexpr int kSnapshotFailed = 10064;

}  // namespace

bool RefusesForMemory(const StreamInfo& stream, const Error& error) {
  if (error.server_code != kSnapshotFailed || error.Retryable()) return false;
  const auto facts = ReadStreamConfig(stream.config_json);
  return facts && facts->in_memory;
}

Result<CaptureResult> ReadThrough(JetStream& server, const std::string& name,
                                  const StreamInfo& stream, BackupWriter& writer,
                                  JobObserver& observer, const CancelToken& cancel) {
  CaptureHandler handler(writer, observer);
  handler.SetCut(stream.state);
  JETKEEP_ASSIGN(const auto reader, server.ReadStream(name, 0, cancel));
  Tail tail(*reader, 0, [&](const RecordView& record) { return handler.OnRecord(record); });
  JETKEEP_ASSIGN(SequenceSet gone, tail.ReadTo(stream.state, nullptr));
  CaptureResult result;
  result.reply.state = stream.state;
  result.archive.format = ArchiveFormat::kNone;
  result.archive.records = tail.messages();
  result.captured = std::move(handler.captured());
  result.captured.sequences.deleted = std::move(gone);
  return result;
}

}  // namespace jetkeep

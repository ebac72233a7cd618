// ReadThrough: takes a stream of which its server makes no snapshot, message by message.
#pragma once

#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "service/engine/backup/capture.h"
#include "service/repository/backup_writer.h"

namespace jetkeep {

// The server refused the snapshot for good because the stream is in memory (before 2.15).
bool RefusesForMemory(const StreamInfo& stream, const Error& error);

// As if an archive had brought every message that `stream` names, a recent answer of the server. A
// server that refuses the snapshot cannot restore into such a stream either: as long as the
// stream's creation time stays, no sequence gets another message.
Result<CaptureResult> ReadThrough(JetStream& server, const std::string& name,
                                  const StreamInfo& stream, BackupWriter& writer,
                                  JobObserver& observer, const CancelToken& cancel);

}  // namespace jetkeep

// CountRecords: what a server's figures of bytes and first time would be for exactly the messages
// that are in a backup. Thread-safety: one thread.
#pragma once

#include "jetkeep/error.h"
#include "protocol/repository/manifest.h"
#include "service/repository/backup_writer.h"

namespace jetkeep {

// Reads the live messages under `manifest` back, and sets bytes and first_time_ns of its state.
// Seals the writer.
Status CountRecords(BackupWriter& writer, bool in_memory, Manifest& manifest);

}  // namespace jetkeep

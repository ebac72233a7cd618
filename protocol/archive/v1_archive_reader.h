// The v1 half of ReadArchive: a tar of a file store. See snapshot_reader.h.
#pragma once

#include <string>

#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"
#include "jetkeep/snapshot.h"

namespace jetkeep {

// archive_bytes of the summary is left 0.
Result<ArchiveSummary> ReadV1Archive(ByteSource& archive, const std::string& stream_name,
                                     SnapshotHandler& handler);

}  // namespace jetkeep

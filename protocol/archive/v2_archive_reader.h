// The v2 half of ReadArchive: a `NATSARC1` archive, from its magic on. See snapshot_reader.h.
#pragma once

#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"
#include "jetkeep/snapshot.h"

namespace jetkeep {

// archive_bytes of the summary is left 0.
Result<ArchiveSummary> ReadV2Archive(ByteSource& archive, SnapshotHandler& handler);

}  // namespace jetkeep

// Reads a server's snapshot archive of either format, as it arrives, and gives what is inside to a
// SnapshotHandler. The first 8 bytes decide the format.
//
// What can be read past but not trusted (a wrong checksum of a record or of a meta file, a consumer
// state that cannot be decoded, errors.txt) goes to OnDamage, and reading goes on. Where nothing
// behind can be read, or the archive stops before its end, the call fails: kArchiveCorrupt or
// kSnapshotIncomplete. Errors of the source and the handler are returned as they are.
//
// v1: delete maps (index.db, .idx) go to OnDeleted if they are usable, and are passed over if not.
// v2: gaps between sequences are NOT reported as deleted: some servers leave out records that they
// cannot read, so a gap there proves nothing.
//
// Memory: what the formats need, a few MiB whatever the archive's size. Thread-safety: calls are
// independent; each runs on the thread that makes it.
#pragma once

#include <string>

#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"
#include "jetkeep/snapshot.h"

namespace jetkeep {

// `compressed` is what the server sent: S2 around the archive.
Result<ArchiveSummary> ReadSnapshot(ByteSource& compressed, const std::string& stream_name,
                                    SnapshotHandler& handler);

// `archive` is the archive itself.
Result<ArchiveSummary> ReadArchive(ByteSource& archive, const std::string& stream_name,
                                   SnapshotHandler& handler);

}  // namespace jetkeep

// EncodeArchive: records, and the runs of deleted sequences between them, as the archive that a
// restore sends. Thread-safety: runs on the calling thread; EncodedSoFar may be read by
// others meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "jetkeep/byte_stream.h"
#include "jetkeep/record_stream.h"
#include "jetkeep/snapshot.h"
#include "protocol/archive/v1_archive_writer.h"

namespace jetkeep {

struct ArchiveForm {
  bool v2 = false;
  // Of v1.
  V1ArchiveWriter::Gaps gaps = V1ArchiveWriter::Gaps::kErasedRecords;
  V1ArchiveWriter::Index index = V1ArchiveWriter::Index::kIfMessagesOnly;
  // Of v2: what entries that are not messages are stamped with.
  std::int64_t time_ns = 0;
};

// What a server of this version reads best.
ArchiveForm FormFor(std::string_view server_version, bool v2);

struct EncodedSoFar {
  std::atomic<bool> indexed = false;  // at the end: the archive has an index (v1)
  std::atomic<std::uint64_t> messages = 0;
  std::atomic<std::uint64_t> bytes = 0;  // as a file store counts them
};

// Into a writer of any kind, which is finished with it.
Status EncodeRecords(RecordSource& records, const ArchiveContents& contents, ArchiveWriter& archive,
                     EncodedSoFar& so_far);

// From the first to the last sequence of the contents' state; what no record comes of is deleted.
// The sink gets the archive not yet compressed; `spill` may be used for the index. Errors: the
// source's, the writer's, the sink's.
Status EncodeArchive(RecordSource& records, const ArchiveForm& form,
                     const ArchiveContents& contents, SpillFile& spill, ByteSink& sink,
                     EncodedSoFar& so_far);

}  // namespace jetkeep

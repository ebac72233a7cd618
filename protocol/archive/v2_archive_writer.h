// V2ArchiveWriter: writes a `NATSARC1` archive, not yet compressed (put an s2::Writer behind it).
// Servers from 2.15 restore it; the stream's name and configuration come from the restore request.
// Ownership: does not own the sink. Memory: at most 256 KiB. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>

#include "jetkeep/byte_stream.h"
#include "jetkeep/snapshot.h"
#include "protocol/v2/archive_encoder.h"

namespace jetkeep {

class V2ArchiveWriter : public ArchiveWriter {
 public:
  // `time_ns` stamps the entries that are not messages.
  V2ArchiveWriter(ByteSink& sink, std::int64_t time_ns) : encoder_(sink, time_ns) {}

  Status Begin(const ArchiveContents& contents) override;
  Status AddRecord(const RecordView& record) override { return encoder_.AddRecord(record); }
  // Nothing to write: a gap between records, and the edges in the state, say it.
  Status AddDeleted(std::uint64_t first, std::uint64_t last) override;
  Status Finish() override { return encoder_.Finish(); }

 private:
  v2::ArchiveEncoder encoder_;
};

}  // namespace jetkeep

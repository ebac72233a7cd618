// ArchiveEncoder: writes a `NATSARC1` archive (not yet compressed).
// Call order: Begin, AddConsumer for each, AddRecord in rising sequence, Finish.
// Holds back at most 256 KiB. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"
#include "jetkeep/record.h"

namespace jetkeep::v2 {

class ArchiveEncoder {
 public:
  // Does not own the sink. `time_ns` stamps the entries that are not messages.
  ArchiveEncoder(ByteSink& sink, std::int64_t time_ns);

  // The state's consumer count must equal the number of AddConsumer calls: servers rely on it.
  Status Begin(std::string_view state_json);
  Status AddConsumer(std::string_view name, std::string_view json);
  // kInternal if the sequence does not rise.
  Status AddRecord(const RecordView& record);
  // The end entry, and everything held back.
  Status Finish();

 private:
  Status Add(const RecordView& record);
  Status Flush();

  ByteSink& sink_;
  std::int64_t time_ns_;
  std::uint64_t last_sequence_ = 0;
  ByteBuffer buffer_;
};

}  // namespace jetkeep::v2

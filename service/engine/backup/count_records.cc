#include "service/engine/backup/count_records.h"

namespace jetkeep {

Status CountRecords(BackupWriter& writer, bool in_memory, Manifest& manifest) {
  StreamState& state = manifest.state;
  state.bytes = 0;
  state.first_time_ns = 0;
  JETKEEP_ASSIGN(const auto reader, writer.ReadBack(manifest));
  return reader->ForEach([&](const RecordView& record) -> Status {
    if (state.first_time_ns == 0) state.first_time_ns = record.timestamp_ns;
    state.bytes += in_memory ? MemoryStoreSize(record) : FileStoreSize(record);
    return {};
  });
}

}  // namespace jetkeep

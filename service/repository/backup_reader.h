// BackupReader: the live records of a backup. The backup cannot be deleted while a reader of it
// lives. For memory and checks see stored_records.h. Thread-safety: one thread at a time.
// Ownership: the Repository outlives its readers.
#pragma once

#include <cstdint>
#include <memory>

#include "jetkeep/record_stream.h"
#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest.h"
#include "service/repository/live_records.h"
#include "service/repository/stored_records.h"

namespace jetkeep {

struct ReadRange {
  std::uint64_t first = 1;
  std::uint64_t last = ~std::uint64_t{0};  // inclusive
};

class BackupReader final : public RecordSource {
 public:
  // manifest must outlive this; lock holds the backup (may be empty).
  BackupReader(Store& store, BlockWorkers& workers, LineagePath place, const Manifest& manifest,
               ReadRange range, std::unique_ptr<ObjectLock> lock);

  Result<const RecordView*> Next() override { return live_.Next(); }

 private:
  std::unique_ptr<ObjectLock> lock_;
  const std::uint64_t first_;
  const std::uint64_t last_;
  StoredRecords stored_;
  LiveRecords live_;
};

}  // namespace jetkeep

// BackupReader: the live records of a backup in sequence order.
//
// Blocks are read ahead on the BlockWorkers (see block_source.h: 8 MiB with two workers); every
// checksum on the way is checked. The backup cannot be deleted while a reader of it lives.
// Thread-safety: one thread at a time. Ownership: the Repository outlives its readers.
#pragma once

#include <cstdint>
#include <memory>

#include "jetkeep/record.h"
#include "jetkeep/store.h"
#include "protocol/repository/block_records.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest.h"
#include "service/repository/segments/block_source.h"

namespace jetkeep {

struct ReadRange {
  std::uint64_t first = 1;
  std::uint64_t last = ~std::uint64_t{0};  // inclusive
};

class BackupReader {
 public:
  // manifest must outlive this; lock holds the backup (may be empty).
  BackupReader(Store& store, BlockWorkers& workers, LineagePath place, const Manifest& manifest,
               ReadRange range, std::unique_ptr<ObjectLock> lock);

  // The next record, valid until the next call; null at the end.
  Result<const RecordView*> Next();

  // Calls f(const RecordView&) -> Status for all that is left; stops at its first error and returns
  // it.
  template <typename F>
  Status ForEach(F&& f) {
    while (true) {
      JETKEEP_ASSIGN(const RecordView* record, Next());
      if (record == nullptr) return {};
      JETKEEP_TRY(f(*record));
    }
  }

 private:
  std::unique_ptr<ObjectLock> lock_;
  const std::uint64_t first_;
  const std::uint64_t last_;
  SequenceSet::Cursor deleted_;
  SequenceSet::Cursor lost_;
  BlockSource source_;
  LoadedBlock block_;
  BlockRecords records_;
  bool in_block_ = false;
  std::uint64_t before_ = 0;
  RecordView record_;
};

}  // namespace jetkeep

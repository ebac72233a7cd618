// StoredRecords: every record that the segments of a backup hold, also those that are no part of
// it. Blocks are read ahead on the BlockWorkers (see block_source.h: 8 MiB with two workers); every
// checksum on the way is checked. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>

#include "jetkeep/record_stream.h"
#include "jetkeep/store.h"
#include "protocol/repository/block_records.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest.h"
#include "service/repository/segments/block_source.h"

namespace jetkeep {

class StoredRecords final : public RecordSource {
 public:
  // Only of blocks that may hold a sequence of first..last. Store, workers and manifest must
  // outlive this.
  StoredRecords(Store& store, BlockWorkers& workers, LineagePath place, const Manifest& manifest,
                std::uint64_t first, std::uint64_t last)
      : blocks_(store, workers, std::move(place), manifest, first, last) {}

  Result<const RecordView*> Next() override;

 private:
  BlockSource blocks_;
  LoadedBlock block_;
  BlockRecords records_;
  bool in_block_ = false;
  std::uint64_t before_ = 0;
  RecordView record_;
};

}  // namespace jetkeep

#include "service/repository/backup_reader.h"

#include <algorithm>
#include <utility>

namespace jetkeep {

BackupReader::BackupReader(Store& store, BlockWorkers& workers, LineagePath place,
                           const Manifest& manifest, ReadRange range,
                           std::unique_ptr<ObjectLock> lock)
    : lock_(std::move(lock)),
      first_(std::max(range.first, manifest.state.first_sequence)),
      last_(std::min(range.last, manifest.state.last_sequence)),
      deleted_(manifest.deleted),
      lost_(manifest.lost),
      source_(store, workers, std::move(place), manifest, first_, last_) {}

Result<const RecordView*> BackupReader::Next() {
  while (true) {
    if (!in_block_) {
      if (!source_.Next(block_)) return nullptr;
      if (!block_.status) return Fail(block_.status.error());
      records_ = BlockRecords(block_.raw.view(), block_.info);
      in_block_ = true;
    }
    JETKEEP_ASSIGN(in_block_, records_.Next(record_));
    if (!in_block_) continue;
    const std::uint64_t sequence = record_.sequence;
    if (sequence <= before_) {
      return Fail(Errc::kRepositoryCorrupt,
                  "sequence " + std::to_string(sequence) + " is in the backup twice");
    }
    before_ = sequence;
    if (sequence < first_ || sequence > last_ || deleted_.Contains(sequence) ||
        lost_.Contains(sequence)) {
      continue;
    }
    return &record_;
  }
}

}  // namespace jetkeep

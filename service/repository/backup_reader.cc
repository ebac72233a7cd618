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
      stored_(store, workers, std::move(place), manifest, first_, last_),
      live_(stored_, first_, last_, manifest.deleted, manifest.lost) {}

}  // namespace jetkeep

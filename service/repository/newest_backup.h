// The newest backup of a stream, found without reading what cannot be it. Names tell which lineage
// is the newest, so only its manifests are read; and what a manifest says of its backup's place in
// the order never changes, so each is read once by a process. Whoever takes the backup has to read
// it whole all the same.
//
// Thread-safety: all members may be called from any thread but the workers'. Memory: 16 bytes for
// each manifest that was read and 768 for each lineage, 1.6 MB at most.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/mutex.h"
#include "jetkeep/store.h"
#include "service/repository/listing.h"
#include "service/repository/segments/block_workers.h"

namespace jetkeep {

struct NewestBackup {
  // With messages, good or not; empty: no such backup can be read.
  std::optional<BackupSummary> newest;
  // All that there are by their names, but copies that were seen to be such. For a new backup's id.
  std::vector<std::string> ids;
  std::vector<UnreadableBackup> unreadable;           // of the lineages that were looked into
  std::vector<UnreadableBackup> unreadable_lineages;  // not even names can be read
};

class NewestBackups {
 public:
  Result<NewestBackup> Find(Store& store, BlockWorkers& workers, const std::string& account,
                            const std::string& stream);

 private:
  using PackedId = std::pair<std::uint64_t, std::uint64_t>;
  // What is known of a lineage: which manifests were read, and the newest of those.
  struct Known {
    std::vector<PackedId> read;  // sorted
    BackupSummary newest;
  };
  struct Look;

  static PackedId Pack(const std::string& id);
  void LookInto(Store& store, BlockWorkers& workers, Look& look);
  void Remember(const std::string& directory, Known known);

  Mutex mutex_;
  std::map<std::string, Known> known_ JETKEEP_GUARDED_BY(mutex_);  // by the lineage's directory
  std::size_t remembered_ JETKEEP_GUARDED_BY(mutex_) = 0;  // ids, and what lineages take in ids
};

}  // namespace jetkeep

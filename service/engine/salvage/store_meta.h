// The configurations of a stream and of its consumers, and where the consumers stand, from the
// files of a server. Thread-safety: one thread at a time uses a folder.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/stream_state.h"
#include "service/engine/salvage/replica_reader.h"
#include "service/engine/salvage/salvage_types.h"
#include "service/engine/transfer/source_folder.h"

namespace jetkeep {

struct StoredStreamMeta {
  std::string config_json;
  std::string created;
  std::string problem;  // empty, or why it is not sure to be what the server wrote
};

// kUsage: it is encrypted, and the key is not given or another one. kArchiveCorrupt: it is missing
// or cannot be read.
Result<StoredStreamMeta> ReadStoredStreamMeta(const SourceFolder& folder, const ReplicaPlace& place,
                                              const StoreSecrets& secrets);

struct StoredConsumers {
  std::vector<ConsumerBackup> consumers;  // by name
  std::vector<ConsumerNotRead> not_read;
};

StoredConsumers ReadStoredConsumers(const SourceFolder& folder, const ReplicaPlace& place,
                                    const StoreSecrets& secrets);

// Of the same consumer in several directories, the one that is furthest: what one replica has
// acknowledged is acknowledged.
StoredConsumers MergeStoredConsumers(std::vector<StoredConsumers> all);

}  // namespace jetkeep

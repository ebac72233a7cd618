// Salvage: backups of what the store directories of servers that do not run still hold. A stream
// that cannot be read does not stop the others. Nothing is ever written into the directories.
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/clock.h"
#include "jetkeep/error.h"
#include "service/engine/salvage/find_store.h"
#include "service/engine/salvage/salvage_stream.h"

namespace jetkeep {

struct SalvageSpec {
  std::vector<std::string> directories;
  StoreSelection selection;
  StoreSecrets secrets;
  // Of streams whose own configuration cannot be read: JSON, or a backup.json.
  std::vector<std::string> configs;
};

// A stream as it lies there, without its messages being read.
struct StoredStreamSummary {
  std::string account;
  std::string stream;
  std::vector<std::string> directories;
  std::uint64_t blocks = 0;       // files, in all directories
  std::uint64_t block_bytes = 0;  // of these
  std::uint64_t consumers = 0;    // of the directory with most
  bool encrypted = false;
  std::optional<Error> unreadable;  // why its configuration cannot be read
};

struct StoreListing {
  std::vector<StoredStreamSummary> streams;
  std::vector<std::string> warnings;
  std::vector<std::string> missed;  // as StoredStreams
};

struct SalvageReport {
  std::vector<SalvagedStream> streams;
  std::vector<std::string> warnings;  // about the directories
  std::vector<std::string> missed;    // as StoredStreams
};

Result<StoreListing> ListStore(const SalvageSpec& spec);

// Which repository takes the backups of an account's folder; called once for each account, before
// anything of it is read. It must outlive the salvage.
using RepositoryOfAccount = std::function<Result<Repository*>(const std::string& account)>;

// Fails if nothing was begun.
Result<SalvageReport> Salvage(const SalvageSpec& spec, const RepositoryOfAccount& repository_of,
                              const WallClock& clock, const CancelToken& cancel);

}  // namespace jetkeep

// FindStoredStreams: which streams the directories of servers hold. A directory is a server's
// store_dir, its folder jetstream, the folder of one account in that, or of one stream.
//
//   <store_dir>/jetstream/<account>/streams/<stream>/{meta.inf, meta.sum, msgs, obs}
//
// The same stream of the same account in several directories is one stream with several replicas.
// Symbolic links below the directories are not followed, but named. Thread-safety: one thread.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "service/engine/salvage/salvage_stream.h"

namespace jetkeep {

struct StoreSelection {
  std::string account;                // a folder's name; empty: all but the system account
  std::vector<std::string> patterns;  // of stream names; empty: all
};

struct StoredStreams {
  std::vector<StreamToSalvage> streams;  // by account and name
  std::vector<std::string> warnings;
  // What was asked for and is not there, and what was not looked at.
  std::vector<std::string> missed;
};

// kBackupNotFound: a directory is not there, holds no stream, or none that was asked for.
// kJobConflict: a process of this host has files of one open.
Result<StoredStreams> FindStoredStreams(const std::vector<std::string>& directories,
                                        const StoreSelection& selection);

}  // namespace jetkeep

// StoppedStore: the data directory of a nats-server that does not run (its `store_dir`), to write a
// stream into. Never one of a cluster: what a cluster has is decided by its log, not by its files.
//
// Layout: <store_dir>/jetstream/<account>/streams/<stream>, in every version from 2.9.10 to 2.15.3.
// Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/codec/digest.h"
#include "service/engine/restore/server_facts.h"
#include "service/engine/transfer/staged_folder.h"

namespace jetkeep {

struct StoppedStoreSpec {
  std::string directory;
  // The folder of the account; empty: the only one that is there, or "$G" where there is none.
  std::string account;
  // The operator says that no server uses it. Whatever can be seen to the contrary still counts.
  bool server_stopped = false;
  // How long the files are watched before anything is written.
  std::chrono::milliseconds watch{1000};
};

class StoppedStore {
 public:
  // kUsage: not such a directory, or which account is meant is not said. kJobConflict: a server
  // uses it, or whether one does is not known and was not said. kRestoreRefused: of a cluster.
  static Result<StoppedStore> Open(const StoppedStoreSpec& spec);

  // Makes the folder of the account's streams if it is not there.
  Status Prepare() const;
  std::string PathOf(const std::string& stream) const { return streams_folder_ + "/" + stream; }
  const std::string& account() const { return account_; }
  // As what is there.
  const StagedAccess& access() const { return access_; }
  // The account's streams; without configuration where it cannot be read (an encrypted store).
  const std::vector<LiveStream>& streams() const { return streams_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  // kJobConflict if somebody uses the directory, or has written to it since it was opened, but for
  // the streams that were added.
  Status CheckUnused() const;
  // This process writes the stream.
  void Added(const std::string& stream, const StreamConfigFacts& config);
  // It is not there after all.
  void NotAdded(const std::string& stream);

 private:
  Status Find(const StoppedStoreSpec& spec);
  Status ChooseAccount(const std::string& wanted);
  Status ReadAccess();
  Status ReadStreams();

  std::string directory_;
  std::string jetstream_;  // the folder of the accounts
  std::string account_;
  std::string streams_folder_;
  StagedAccess access_;
  std::vector<LiveStream> streams_;
  std::vector<std::string> warnings_;
  std::set<std::string> own_;  // paths of the streams that were added
  Digest looks_{};
};

}  // namespace jetkeep

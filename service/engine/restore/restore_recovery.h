// RestoreRecovery: finishes the clean-up of restores whose process died or was stopped, for every
// process on this repository. Looks for their records at the start, and every few seconds. A
// restore of a stream waits for the clean-up of that stream first, also for one that another
// process does.
//
// Thread-safety: all members may be called from any thread. Server and repository outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/mutex.h"
#include "service/engine/restore/restore_cleanup.h"
#include "service/repository/repository.h"

namespace jetkeep {

// Whether the restore was one of the server that answers now. When in doubt, what is on the server
// has to prove it.
bool SameServer(const RestoreRecord& record, const ServerIdentity& now);

class RestoreRecovery {
 public:
  // account: the label of the server's; empty: that of the repository.
  RestoreRecovery(JetStream& server, Repository& repository, const std::string& account = {});
  ~RestoreRecovery();
  RestoreRecovery(const RestoreRecovery&) = delete;
  RestoreRecovery& operator=(const RestoreRecovery&) = delete;

  // Takes the records of orphaned restores, and begins to work on them.
  void Scan();
  // Returns when nobody cleans up after an earlier restore of one of the streams. The value says
  // what was waited for; empty: nothing. kJobConflict if that takes too long.
  Result<std::string> Await(const std::vector<std::string>& streams, const CancelToken& cancel);
  // Whether the last scan found that another process restores the stream.
  bool RestoredElsewhere(const std::string& stream);

 private:
  void Run();
  struct Orphan {
    std::shared_ptr<RestoreMark> mark;
    std::chrono::steady_clock::time_point taken;
  };
  enum class Handled : std::uint8_t { kDone, kNotYet, kLost };
  // True when the record is dealt with.
  bool Handle(const Orphan& orphan);
  // What is still to be done with a stream, and said of it.
  Handled Conclude(JetStream& server, const SentMember& sent, const Result<Remains>& remains);
  void ReportConsumers(JetStream& server, const std::string& stream, const std::string& backup_id);
  // What stands in the way of a restore of the streams; empty: nothing.
  std::string Obstacle(const std::vector<std::string>& streams,
                       std::chrono::steady_clock::time_point begin);
  bool Concerns(const RestoreRecord& record, const ServerIdentity& server);
  bool FirstTime(const std::string& text);
  void WarnOnce(const std::string& text);

  JetStream& server_;
  Repository& repository_;
  const std::string account_;
  CancelToken stop_;
  Mutex mutex_;
  Condition changed_;
  std::deque<Orphan> orphans_ JETKEEP_GUARDED_BY(mutex_);
  std::vector<HeldRestore> held_ JETKEEP_GUARDED_BY(mutex_);
  std::set<std::string> warned_ JETKEEP_GUARDED_BY(mutex_);
  std::thread worker_;
};

}  // namespace jetkeep

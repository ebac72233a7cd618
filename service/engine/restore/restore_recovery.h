// RestoreRecovery: finishes the clean-up of restores whose process died. Works in the background
// until every record of such a restore is dealt with; whoever wants to restore a stream waits for
// those of that stream first.
//
// Thread-safety: all members may be called from any thread. Server and repository outlive it.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "service/repository/repository.h"

namespace jetkeep {

class RestoreRecovery {
 public:
  RestoreRecovery(JetStream& server, Repository& repository);
  ~RestoreRecovery();
  RestoreRecovery(const RestoreRecovery&) = delete;
  RestoreRecovery& operator=(const RestoreRecovery&) = delete;

  // Takes the records of dead restores, and begins to work on them.
  void Scan();
  // Returns when no dead restore of the stream is being dealt with, or after a while.
  Status Await(const std::string& stream, const CancelToken& cancel);

 private:
  void Run();
  // True when the record is dealt with.
  bool Handle(RestoreMark& mark);

  JetStream& server_;
  Repository& repository_;
  CancelToken stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<RestoreMark>> marks_;  // guarded by mutex_
  std::thread worker_;
};

}  // namespace jetkeep

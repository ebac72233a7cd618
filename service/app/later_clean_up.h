// LaterCleanUp: cleans up again where somebody was at work when the process started, or when a
// backup was deleted. That a writer stands still, or that whoever cleaned up after one has died,
// shows only once its lease was watched for its time to live.
//
// Thread-safety: made and destroyed on the loop's thread, or while the loop does not run; `report`
// is called on a thread of its own. Ownership: loop and repository outlive it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "service/loop/event_loop.h"
#include "service/loop/timer.h"
#include "service/repository/repository.h"
#include "service/work/thread_pool.h"

namespace jetkeep {

class LaterCleanUp {
 public:
  using Report = std::function<void(const CleanUpResult&)>;

  LaterCleanUp(EventLoop& loop, Repository& repository, Report report);
  LaterCleanUp(const LaterCleanUp&) = delete;
  LaterCleanUp& operator=(const LaterCleanUp&) = delete;

 private:
  void OnTimer();

  Repository& repository_;
  const Report report_;
  std::atomic<bool> working_{false};
  std::unique_ptr<Timer> timer_;
  ThreadPool pool_{1};  // waits for its task before the rest goes
};

}  // namespace jetkeep

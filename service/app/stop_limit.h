// StopLimit: ends the process where its end takes too long: a disk that does not answer keeps the
// threads that wait for it, and so the destructors that wait for those.
//
// Thread-safety: belongs to one thread.
#pragma once

#include <chrono>
#include <thread>

#include "jetkeep/mutex.h"

namespace jetkeep {

class StopLimit {
 public:
  using Clock = std::chrono::steady_clock;

  StopLimit() = default;
  // In time: nothing happens.
  ~StopLimit();
  StopLimit(const StopLimit&) = delete;
  StopLimit& operator=(const StopLimit&) = delete;

  // Unless this is destroyed by then, the process exits with the code of kTimeout. Once.
  void Arm(Clock::time_point deadline);

 private:
  Mutex mutex_;
  Condition changed_;
  bool ended_ JETKEEP_GUARDED_BY(mutex_) = false;
  std::thread watcher_;
};

}  // namespace jetkeep

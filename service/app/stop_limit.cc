#include "service/app/stop_limit.h"

#include <cstdlib>

#include "jetkeep/error.h"
#include "service/telemetry/log.h"

namespace jetkeep {

StopLimit::~StopLimit() {
  {
    const MutexLock lock(mutex_);
    ended_ = true;
  }
  changed_.NotifyAll();
  if (watcher_.joinable()) watcher_.join();
}

void StopLimit::Arm(Clock::time_point deadline) {
  watcher_ = std::thread([this, deadline] {
    MutexLock lock(mutex_);
    const bool ended =
        changed_.WaitUntil(lock, deadline, [this]() JETKEEP_REQUIRES(mutex_) { return ended_; });
    if (ended) return;
    log::Warn("a disk did not answer within shutdown_grace; exiting without it");
    std::_Exit(TraitsOf(Errc::kTimeout).exit_code);
  });
}

}  // namespace jetkeep

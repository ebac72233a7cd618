// BytePace: at what times bytes may pass so that no more than so many do in a second, whoever sends
// them. Thread-safety: all members may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/mutex.h"

namespace jetkeep {

class BytePace {
 public:
  using Clock = std::chrono::steady_clock;

  // 0: no bound.
  explicit BytePace(
      std::uint64_t bytes_per_second = 0,
      std::function<Clock::time_point()> clock = [] { return Clock::now(); });

  // From now on; what waits already waits as long as it would have.
  void SetRate(std::uint64_t bytes_per_second);
  std::uint64_t rate() const;

  // Counts the bytes. When they may pass: at once, if that is not in the future. Whoever waits no
  // longer than `longest` says so: what passes earlier than it may is not owed by those who follow.
  Clock::time_point Reserve(std::uint64_t bytes, std::chrono::milliseconds longest = kForEver);
  // Waits until they may pass, at most `longest`. kCancelled.
  Status Pass(std::uint64_t bytes, std::chrono::milliseconds longest, const CancelToken& cancel);

 private:
  static constexpr std::chrono::milliseconds kForEver = std::chrono::hours(24 * 365);

  const std::function<Clock::time_point()> clock_;
  mutable Mutex mutex_;
  std::uint64_t rate_ JETKEEP_GUARDED_BY(mutex_);
  // When what was let through so far is paid for.
  Clock::time_point paid_ JETKEEP_GUARDED_BY(mutex_);
};

}  // namespace jetkeep

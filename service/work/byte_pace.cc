#include "service/work/byte_pace.h"

#include <algorithm>
#include <utility>

#include "service/work/backoff.h"

namespace jetkeep {

BytePace::BytePace(std::uint64_t bytes_per_second, std::function<Clock::time_point()> clock)
    : clock_(std::move(clock)), rate_(bytes_per_second), paid_(clock_()) {}

void BytePace::SetRate(std::uint64_t bytes_per_second) {
  const MutexLock lock(mutex_);
  if (rate_ == bytes_per_second) return;
  rate_ = bytes_per_second;
  // What was let through at the old rate is not owed at the new one.
  paid_ = clock_();
}

std::uint64_t BytePace::rate() const {
  const MutexLock lock(mutex_);
  return rate_;
}

BytePace::Clock::time_point BytePace::Reserve(std::uint64_t bytes,
                                              std::chrono::milliseconds longest) {
  const MutexLock lock(mutex_);
  const Clock::time_point now = clock_();
  if (rate_ == 0) return now;
  const std::chrono::duration<double> price(static_cast<double>(bytes) /
                                            static_cast<double>(rate_));
  // Time in which nothing passed is not saved up, and what passed unpaid is not owed.
  const Clock::time_point start = std::clamp<Clock::time_point>(paid_, now, now + longest);
  paid_ = start + std::chrono::duration_cast<Clock::duration>(price);
  return start;
}

Status BytePace::Pass(std::uint64_t bytes, std::chrono::milliseconds longest,
                      const CancelToken& cancel) {
  const auto wait =
      std::chrono::ceil<std::chrono::milliseconds>(Reserve(bytes, longest) - clock_());
  if (wait.count() <= 0) return {};
  return SleepFor(std::min(wait, longest), cancel);
}

}  // namespace jetkeep

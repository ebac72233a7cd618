#include "service/engine/publish/publish_pace.h"

#include <algorithm>

namespace jetkeep {
namespace {

// So that the sum with the present time can be expressed; the times are what a publisher wrote.
constexpr std::int64_t kLongestPauseNs = std::int64_t{100} * 365 * 24 * 3600 * 1'000'000'000;

}  // namespace

PublishPace::TimePoint PublishPace::Next(TimePoint now, std::int64_t timestamp_ns) {
  TimePoint due = begin_;
  if (rate_ > 0) {
    due = std::max(next_, now - std::chrono::seconds(1));
    next_ = due + std::chrono::duration_cast<TimePoint::duration>(
                      std::chrono::duration<double>(1.0 / static_cast<double>(rate_)));
  }
  if (!paced_) return due;
  if (!first_time_ns_) first_time_ns_ = timestamp_ns;
  std::int64_t pause = 0;
  if (timestamp_ns <= *first_time_ns_) return due;
  const bool too_long = __builtin_sub_overflow(timestamp_ns, *first_time_ns_, &pause);
  pause = too_long ? kLongestPauseNs : std::min(pause, kLongestPauseNs);
  return std::max(due, begin_ + std::chrono::nanoseconds(pause));
}

}  // namespace jetkeep

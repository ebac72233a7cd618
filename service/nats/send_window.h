// SendWindow: how many chunks of a restore may be without an answer. It grows while answers come
// quickly and shrinks when they do not: what waits in a slow link holds up every answer and event
// that goes over the same connection. Thread-safety: one thread at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>

namespace jetkeep {

class SendWindow {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kLeast = 2;  // and the first
  static constexpr std::chrono::milliseconds kQuick{150};
  static constexpr std::chrono::milliseconds kSlow{500};

  explicit SendWindow(std::size_t most)
      : most_(std::max<std::size_t>(most, 1)), size_(std::min(most_, kLeast)) {}

  std::size_t size() const { return size_; }
  std::size_t open() const { return sent_.size(); }

  void Sent(Clock::time_point now) { sent_.push_back(now); }
  // Of the oldest chunk without one: there must be one.
  void Answered(Clock::time_point now) {
    const auto taken = now - sent_.front();
    sent_.pop_front();
    if (taken < kQuick) {
      size_ = std::min(size_ + 1, most_);
    } else if (taken > kSlow) {
      size_ = std::max(size_ - 1, std::min(most_, kLeast));
    }
  }

 private:
  const std::size_t most_;
  std::size_t size_;
  std::deque<Clock::time_point> sent_;  // of each chunk without an answer
};

}  // namespace jetkeep

// LinkPace: whether a link is so slow that data should be compressed before it is sent, judged by
// how long the encoder has to wait until its bytes are taken. Thread-safety: one thread
// at a time.
#pragma once

#include <chrono>
#include <cstdint>

namespace jetkeep {

class LinkPace {
 public:
  // S2 by libsnappy is made of 250 to 350 MB/s on one core (tests/bench/README.md). Loopbacks and
  // fast networks take more than that and would only be held up; what takes less than this gains.
  static constexpr std::uint64_t kSlowBytesPerSecond = 120'000'000;

  // Since the beginning: the time, the part of it spent waiting for the link, the bytes it was
  // given.
  struct Reading {
    std::chrono::nanoseconds elapsed{0};
    std::chrono::nanoseconds waited{0};
    std::uint64_t bytes = 0;
  };

  // Judges by what happened since the last call.
  void Look(const Reading& now);
  bool slow() const { return slow_; }

 private:
  Reading last_;
  bool slow_ = false;
};

}  // namespace jetkeep

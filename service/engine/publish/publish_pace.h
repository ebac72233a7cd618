// PublishPace: when each message may be published again. Thread-safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace jetkeep {

class PublishPace {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // rate: messages a second; 0: any number. paced: with the pauses between the messages' own times.
  PublishPace(std::uint64_t rate, bool paced, TimePoint begin)
      : rate_(rate), paced_(paced), begin_(begin), next_(begin) {}

  // When the next message is due, which has this time. After a stall what was missed is not made
  // up for, but for one second of it: the rate is not to be exceeded by a burst.
  TimePoint Next(TimePoint now, std::int64_t timestamp_ns);

 private:
  const std::uint64_t rate_;
  const bool paced_;
  const TimePoint begin_;
  TimePoint next_;
  std::optional<std::int64_t> first_time_ns_;
};

}  // namespace jetkeep

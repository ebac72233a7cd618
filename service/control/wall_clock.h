// The time of day, for what people and other programs read.
#pragma once

#include <chrono>
#include <cstdint>

namespace jetkeep {

// Since the Unix epoch, UTC.
inline std::int64_t WallClockNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace jetkeep

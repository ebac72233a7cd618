// WallClock: the time of day, for what people and other programs read. How long something takes is
// measured with std::chrono::steady_clock instead.
//
// Thread-safety: Now may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace jetkeep {

class WallClock {
 public:
  virtual ~WallClock() = default;
  // Nanoseconds since the Unix epoch, UTC.
  virtual std::int64_t Now() const = 0;
};

// The system's clock, for the whole life of the process.
inline const WallClock& SystemClock() {
  class System : public WallClock {
   public:
    std::int64_t Now() const override {
      return std::chrono::duration_cast<std::chrono::nanoseconds>(
                 std::chrono::system_clock::now().time_since_epoch())
          .count();
    }
  };
  static const System clock;
  return clock;
}

}  // namespace jetkeep

// A library to be preloaded: to the C++ of the program that loads it, the clock of the day is
// $JETKEEP_CLOCK_SHIFT seconds ahead (behind, below zero). The kernel's clock, by which C libraries
// wait, stays as it is.
#include <chrono>
#include <cstdlib>
#include <ctime>

std::chrono::system_clock::time_point std::chrono::system_clock::now() noexcept {
  static const char* const shift = std::getenv("JETKEEP_CLOCK_SHIFT");
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  const std::chrono::seconds ahead(shift == nullptr ? 0 : std::strtol(shift, nullptr, 10));
  return time_point(std::chrono::duration_cast<duration>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec) + ahead));
}

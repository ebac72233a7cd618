#include "service/work/backoff.h"

#include <algorithm>
#include <thread>

#include "service/work/ids.h"

namespace jetkeep {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Backoff::Backoff(const BackoffOptions& options) : Backoff(options, RandomBits()) {}

Backoff::Backoff(const BackoffOptions& options, std::uint64_t seed)
    : options_(options),
      ceiling_(std::min(options.first, options.longest)),
      random_(static_cast<std::minstd_rand::result_type>(seed)) {}

std::optional<milliseconds> Backoff::Next() {
  if (made_ >= options_.attempts) return std::nullopt;
  ++made_;
  std::uniform_int_distribution<milliseconds::rep> within((ceiling_ / 2).count(), ceiling_.count());
  const milliseconds wait(within(random_));
  ceiling_ = ceiling_ > options_.longest / 2 ? options_.longest : ceiling_ * 2;
  return wait;
}

Status SleepFor(milliseconds duration, const CancelToken& cancel) {
  constexpr milliseconds kSlice{100};
  const auto deadline = steady_clock::now() + duration;
  while (true) {
    JETKEEP_TRY(cancel.Check());
    const auto now = steady_clock::now();
    if (now >= deadline) return {};
    std::this_thread::sleep_for(std::min(kSlice, std::chrono::ceil<milliseconds>(deadline - now)));
  }
}

}  // namespace jetkeep

// Backoff: how long to wait before the next try of something that failed: from `first`, doubling up
// to `longest`, each wait drawn from the upper half of its range so that many clients do not come
// back at once. Thread-safety: none.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

#include "jetkeep/cancel.h"
#include "jetkeep/defaults.h"
#include "jetkeep/error.h"

namespace jetkeep {

struct BackoffOptions {
  std::chrono::milliseconds first = kDefaultFirstDelay;
  std::chrono::milliseconds longest = kDefaultLongestDelay;
  int attempts = kDefaultAttempts;  // tries in all, the first one included
};

class Backoff {
 public:
  explicit Backoff(const BackoffOptions& options);
  Backoff(const BackoffOptions& options, std::uint64_t seed);
  // The wait before the next try; none if no try is left. The first try needs no call.
  std::optional<std::chrono::milliseconds> Next();
  int attempts_made() const { return made_; }

 private:
  const BackoffOptions options_;
  std::chrono::milliseconds ceiling_;
  int made_ = 1;
  std::minstd_rand random_;
};

// Waits, or returns kCancelled soon after the token is cancelled.
Status SleepFor(std::chrono::milliseconds duration, const CancelToken& cancel);

}  // namespace jetkeep

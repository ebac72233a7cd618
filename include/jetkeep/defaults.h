// Defaults that more than one part needs: the configuration shows them, and the part that they
// concern uses them unless the configuration says otherwise.
#pragma once

#include <chrono>
#include <cstddef>

namespace jetkeep {

// Jobs that run at once.
inline constexpr std::size_t kDefaultMaxJobs = 2;

// How often, and after how long, something that failed is tried again.
inline constexpr int kDefaultAttempts = 5;
inline constexpr std::chrono::milliseconds kDefaultFirstDelay{1'000};
inline constexpr std::chrono::milliseconds kDefaultLongestDelay{30'000};

}  // namespace jetkeep

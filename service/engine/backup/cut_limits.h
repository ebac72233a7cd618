// How long a backup tries to reach an exact cut before it fails as retryable.
#pragma once

#include <chrono>

namespace jetkeep {

struct CutLimits {
  int rounds = 2000;
  // From the end of the first round, which reads all that came during the copy.
  std::chrono::milliseconds time{std::chrono::seconds(10)};
  // Between rounds in which the server only has to catch up with itself.
  std::chrono::milliseconds pause{50};
  // The server removes at once what the stream's limits do not allow; before 2.10 it may stay.
  bool trims_at_once = true;
};

}  // namespace jetkeep

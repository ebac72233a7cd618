// RateMeter: how fast a job goes and how long it will still take, over the last few seconds.
// Not thread-safe.
#pragma once

#include <chrono>
#include <deque>

#include "jetkeep/job.h"

namespace jetkeep {

class RateMeter {
 public:
  using Clock = std::chrono::steady_clock;

  // The figures with `counts` reached at `now`. Counts that went back (a new attempt) start the
  // measuring anew.
  ProgressFigures Update(const JobProgress& counts, Clock::time_point now);
  // The figures of a job that is through: 100 percent, nothing remains.
  ProgressFigures Final(JobProgress counts) const;

 private:
  struct Sample {
    Clock::time_point time;
    JobProgress counts;
  };
  std::deque<Sample> samples_;
  double messages_per_second_ = 0;
  double bytes_per_second_ = 0;
};

}  // namespace jetkeep

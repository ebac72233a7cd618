// JobSummary: several jobs of one command in one line. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "service/cli/follow/job_run.h"

namespace jetkeep {

class JobSummary {
 public:
  // A run that has ended.
  void Add(const JobRun& run);
  // "1,003 of 1,004 complete, 2.1 GiB, stored 1.0 GiB, in 21 s; failed: A".
  std::string Text(double seconds) const;

 private:
  std::uint64_t runs_ = 0;
  std::uint64_t complete_ = 0;
  std::uint64_t damaged_ = 0;
  std::uint64_t config_only_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t stored_bytes_ = 0;
  std::vector<std::string> failed_;  // their streams
};

}  // namespace jetkeep

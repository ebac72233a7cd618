// JobLog: the jobs that ended lately, in a repository. FORMAT.md, "Jobs".
//
// Thread-safety: all members may be called from any thread; several processes may keep their jobs
// in one repository.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/clock.h"
#include "jetkeep/error.h"
#include "jetkeep/store.h"
#include "protocol/repository/job_record.h"

namespace jetkeep {

struct JobLogLimits {
  std::size_t records = 1'000;
  std::chrono::hours age{std::chrono::hours(24) * 30};
  // How many records a process writes between two looks for those that are too many or too old.
  std::uint64_t writes_between = 20;
};

class JobLog {
 public:
  // Store and clock must outlive the log.
  JobLog(Store& store, const WallClock& clock, JobLogLimits limits = {})
      : store_(store), clock_(clock), limits_(limits) {}

  // REQUIRES: the job has ended. Removes records that are too many or too old, now and then.
  Status Add(const JobRecord& record);
  // The newest record of the job; none: there is none. Without an account: of any.
  Result<std::optional<JobRecord>> Find(const std::string& job, const std::string& account = {});

  // All records, the newest first; those that cannot be read are passed over, with the reason.
  // kCancelled.
  static Status ForEach(Store& store, const std::function<void(const JobRecord&)>& record,
                        const std::function<void(const Error&)>& unreadable,
                        const CancelToken& cancel);

 private:
  Status Prune();

  Store& store_;
  const WallClock& clock_;
  const JobLogLimits limits_;
  std::atomic<std::uint64_t> writes_ = 0;
};

}  // namespace jetkeep

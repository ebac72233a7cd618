// JobHistory: keeps the end of every job in the repository, and finds it after a restart.
//
// Thread-safety: OnChange belongs to the loop's thread; Find may be called from any thread and
// waits for the disk.
#pragma once

#include <optional>
#include <string>

#include "jetkeep/error.h"
#include "service/jobs/job_listener.h"
#include "service/repository/job_log.h"
#include "service/work/thread_pool.h"

namespace jetkeep {

class JobHistory : public JobListener {
 public:
  // The log must outlive the history. `instance`: that runs the jobs.
  JobHistory(JobLog& log, std::string instance) : log_(log), instance_(std::move(instance)) {}
  // Waits until everything is written.
  ~JobHistory() override { writer_.Finish(); }
  JobHistory(const JobHistory&) = delete;
  JobHistory& operator=(const JobHistory&) = delete;

  // A job's end is written in the background. Where that fails the log says so, and the job is only
  // known until the next restart.
  void OnChange(const JobStatus& job, const JobChange& change) override;

  // The job of the account as it ended; nothing if no record of it is kept.
  Result<std::optional<JobStatus>> Find(const std::string& job, const std::string& account) const;

 private:
  JobLog& log_;
  const std::string instance_;
  ThreadPool writer_{1};
};

}  // namespace jetkeep

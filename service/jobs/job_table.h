// JobTable: all jobs that are queued, running or ended lately, and which of them may run next.
//
// At most max_jobs run at once, and one of each stream of an account; otherwise first come, first
// served. Not thread-safe: belongs to the loop's thread. Jobs stay where they are in memory until
// they are forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/job.h"
#include "service/jobs/job_kind.h"

namespace jetkeep {

struct Job {
  std::string id;
  JobSpec spec;
  std::string stream;  // kAllStreams: not about one stream
  std::string backup;  // empty: none yet
  std::string set;     // likewise

  JobState state = JobState::kQueued;
  std::int64_t created_ns = 0;
  std::int64_t started_ns = 0;
  std::int64_t ended_ns = 0;
  int attempts = 0;
  std::optional<ProgressFigures> progress;
  std::optional<Error> error;       // kFailed, kCancelled
  std::optional<JobReport> report;  // kCompleted, and kFailed if a part was done
  std::string end_id;               // of the change that ended it
  CancelToken cancel;
};

struct JobLimits {
  std::size_t running = 4;
  std::size_t queued = 10'000;
  std::size_t ended = 1'000;  // how many are remembered, fewer if what they came to is long
  std::size_t ended_bytes = std::size_t{4} * 1024 * 1024;
};

class JobTable {
 public:
  explicit JobTable(JobLimits limits) : limits_(limits) {}

  // Ids are those of their account. Without one: any job with that id.
  Job* Find(const std::string& id, const std::string& account = {});
  // Puts the job at the end of the queue. kTooManyJobs. REQUIRES: its account has no job with that
  // id.
  Result<Job*> Add(Job job);
  // How many may run at once; running ones go on.
  void SetRunning(std::size_t running) { limits_.running = running; }
  // Jobs that may run now; they are then running.
  std::vector<Job*> StartNext();
  // Moves a queued or running job among the ended ones; the oldest of those may be forgotten.
  // REQUIRES: report and error are those of the end and stay as they are.
  void End(Job& job, JobState state);

  // How many queued jobs are before it. REQUIRES: the job is queued.
  std::uint64_t PositionOf(const Job& job) const;
  const std::list<Job*>& queued() const { return queued_; }
  const std::vector<Job*>& running() const { return running_; }
  const std::deque<Job*>& ended() const { return ended_; }  // the newest last
  std::size_t size() const { return jobs_.size(); }

 private:
  bool StreamIsBusy(const Job& other) const;

  JobLimits limits_;
  std::unordered_multimap<std::string, std::unique_ptr<Job>> jobs_;  // by id
  std::list<Job*> queued_;
  std::vector<Job*> running_;
  std::deque<Job*> ended_;
  std::size_t ended_bytes_ = 0;
};

}  // namespace jetkeep

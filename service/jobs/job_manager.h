// JobManager: runs jobs on the engine, notifies its listeners of each change, and remembers how
// they ended.
//
// Thread-safety: belongs to the loop's thread: created, used and destroyed there (or while the loop
// does not run). Each running job has a thread of its own.
#pragma once

#include <chrono>
#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/clock.h"
#include "jetkeep/engine.h"
#include "service/jobs/job_kind.h"
#include "service/jobs/job_listener.h"
#include "service/jobs/job_progress.h"
#include "service/jobs/job_table.h"
#include "service/jobs/rate_meter.h"
#include "service/jobs/served_accounts.h"
#include "service/loop/alive.h"
#include "service/loop/event_loop.h"
#include "service/loop/timer.h"
#include "service/work/ids.h"
#include "service/work/thread_pool.h"

namespace jetkeep {

struct JobManagerOptions {
  JobLimits limits;
  const WallClock* clock = &SystemClock();
  ThreadHook thread_hook = {};  // for the threads of jobs
};

class JobManager {
 public:
  // The loop, the accounts and the clock must outlive the manager.
  JobManager(EventLoop& loop, const ServedAccounts& accounts, const JobManagerOptions& options);
  // Waits for running jobs, which it cancels.
  ~JobManager();
  JobManager(const JobManager&) = delete;
  JobManager& operator=(const JobManager&) = delete;

  // The listener must outlive the manager. Listeners are called in the order in which they came.
  void AddListener(JobListener& listener) { listeners_.push_back(&listener); }
  // For a listener that goes before the manager.
  void RemoveListener(JobListener& listener) { std::erase(listeners_, &listener); }

  struct Submission {
    std::string id;      // the client's, among those of its account; empty: a new one is made
    JobSpec spec;        // REQUIRES: its account is one of those served
    std::string stream;  // what the job is about; kAllStreams if it is not about one
    std::string backup;  // if known
    std::string set;     // if known
  };
  // The job, new or known by its id. kJobConflict: the id belongs to another request. kTooManyJobs,
  // kShuttingDown.
  Result<JobStatus> Submit(Submission submission);
  // Nothing if there is no job with that id; else as Submit would answer.
  std::optional<Result<JobStatus>> FindSame(const std::string& id, const JobSpec& spec);

  // Here and below, without an account: any job with that id.
  std::optional<JobStatus> Find(const std::string& id, const std::string& account = {});
  // Running ones, queued ones in their order, ended ones with the newest first; at most `limit`.
  // Of all accounts if `account` is empty.
  std::vector<JobStatus> First(std::size_t limit, const std::string& account = {});
  std::size_t Count(const std::string& account = {}) const;
  // The job as it was. Does nothing to a job that has ended. kJobNotFound.
  Result<JobStatus> Cancel(const std::string& id, const std::string& account = {});

  // How many jobs may run at once from now on; running ones go on.
  void SetMaxRunning(std::size_t running);

  // Called once, with the change that ended the job: when it ends, after the listeners, or at once
  // if it has. REQUIRES: the job is known.
  using Ended = std::function<void(const JobStatus& job, const JobChange& end)>;
  void WhenEnded(const std::string& id, Ended handler, const std::string& account = {});

  // No new jobs; queued ones are cancelled, running ones are asked to stop. Calls `done` when none
  // is left or the grace is over; `all_ended` is false if a job did not stop in time.
  void Stop(std::chrono::milliseconds grace, std::function<void(bool all_ended)> done);

 private:
  struct Running {
    std::shared_ptr<JobProgressSlot> slot;
    RateMeter rate;
    bool start_announced = false;
  };

  Result<JobReport> RunOnEngine(const JobSpec& spec, JobObserver& observer,
                                const CancelToken& cancel) const;
  // A job as tasks remember it that run when it may be gone.
  struct Ref {
    std::string account;
    std::string id;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads a defaulted operator<=>
    friend auto operator<=>(const Ref&, const Ref&) = default;
  };
  static Ref RefOf(const Job& job) { return {AccountOf(job.spec), job.id}; }
  Job* Find(const Ref& job) { return table_.Find(job.id, job.account); }

  template <typename Visit>
  void ForEach(const std::string& account, Visit visit) const;
  void StartNext();
  void StartJob(Job& job);
  void OnStarted(const Ref& ref, const std::string& backup);
  void OnRetry(const Ref& ref, int attempt, const Error& reason, double delay_seconds);
  void OnTick();
  void OnReport(const Ref& ref, Result<JobReport> report);
  void Complete(Job& job, Running& running, JobReport report);
  // With kCancelled as the error's code of a job that was asked to stop, the job is cancelled, else
  // failed.
  void EndWithError(Job& job, Error error, std::optional<JobReport> report = {});
  void AfterEnd(Job& job);

  JobChange Changed(EventKind kind);
  static JobChange EndOf(const Job& job);
  void Notify(const Job& job, const JobChange& change);
  static JobStatus StatusOf(const Job& job, std::optional<std::uint64_t> position);
  JobStatus StatusOf(const Job& job) const;
  void FinishStopping();

  EventLoop& loop_;
  const ServedAccounts& accounts_;
  const WallClock& clock_;
  std::vector<JobListener*> listeners_;
  JobTable table_;
  IdSequence change_ids_;
  std::map<Ref, Running> running_;
  std::map<Ref, std::vector<Ended>> waiting_;
  std::unique_ptr<Timer> ticks_;  // while jobs run
  bool stopping_ = false;
  std::unique_ptr<Timer> grace_;
  std::function<void(bool)> stopped_;
  Alive alive_;
  ThreadPool threads_;  // last: joined before anything above goes
};

}  // namespace jetkeep

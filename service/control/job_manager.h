// JobManager: runs jobs on the engine, tells about them in events, and remembers how they ended.
//
// Thread-safety: belongs to the loop's thread: created, used and destroyed there (or while the loop
// does not run). Each running job has a thread of its own.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "jetkeep/engine.h"
#include "protocol/control/answers.h"
#include "protocol/control/events.h"
#include "protocol/control/subjects.h"
#include "service/control/alive.h"
#include "service/control/ids.h"
#include "service/control/job_progress.h"
#include "service/control/job_table.h"
#include "service/control/rate_meter.h"
#include "service/control/worker_threads.h"
#include "service/loop/event_loop.h"
#include "service/loop/timer.h"

namespace jetkeep {

class JobManager {
 public:
  using Publish = std::function<void(const std::string& subject, const std::string& body,
                                     const Headers& headers)>;
  using MaxBody = std::function<std::size_t()>;  // what fits into one message; any thread
  // The loop, the engine and what `publish` and `max_body` use must outlive the manager.
  JobManager(EventLoop& loop, Engine& engine, Subjects subjects, JobLimits limits, Publish publish,
             MaxBody max_body);
  // Waits for running jobs, which it cancels.
  ~JobManager();
  JobManager(const JobManager&) = delete;
  JobManager& operator=(const JobManager&) = delete;

  struct Submission {
    std::string id;  // the client's; empty: a new one is made
    JobSpec spec;
    std::string stream;  // of the events; "_all" if the job is not about one
    std::string backup;  // if known
    Encoding encoding = Encoding::kJson;
  };
  // The job, new or known by its id. kJobConflict: the id belongs to another request. kTooManyJobs,
  // kShuttingDown.
  Result<JobStatus> Submit(Submission submission);
  // Nothing if there is no job with that id; else as Submit would answer.
  std::optional<Result<JobStatus>> FindSame(const std::string& id, const JobSpec& spec);
  // Tells by an event that a request did not become a job: for clients that wait for no answer.
  void PublishRefusal(const Submission& submission, const Error& error);

  std::optional<JobStatus> Find(const std::string& id);
  // Running ones, queued ones in their order, ended ones with the newest first; at most `limit`.
  std::vector<JobStatus> First(std::size_t limit);
  std::size_t size() const { return table_.size(); }
  // The job as it was. Does nothing to a job that has ended. kJobNotFound.
  Result<JobStatus> Cancel(const std::string& id);

  // Called once, when the job ends or at once if it has: with the body of its event `completed`, or
  // the error.
  using Ended = std::function<void(const Result<Document>& result)>;
  void WhenEnded(const std::string& id, Ended handler);

  // No new jobs; queued ones are cancelled, running ones too, and told so. Calls `done` when none
  // is left or the grace is over; `all_ended` is false if a job did not stop in time.
  void Stop(std::chrono::milliseconds grace, std::function<void(bool all_ended)> done);

 private:
  using Report = std::variant<BackupReport, RestoreReport, VerifyReport>;
  struct Running {
    std::shared_ptr<JobProgressSlot> slot;
    RateMeter rate;
    bool told_start = false;
  };

  static Result<Report> RunOnEngine(Engine& engine, const JobSpec& spec, JobObserver& observer,
                                    const CancelToken& cancel);
  void StartNext();
  void StartJob(Job& job);
  void OnStarted(const std::string& id, const std::string& backup);
  void OnRetry(const std::string& id, int attempt, const Error& reason, double delay_seconds);
  void OnTick();
  void OnReport(const std::string& id, Result<Report> report);
  void Complete(Job& job, Running& running, Report& report);
  // With kCancelled as the error's code of a job that was asked to stop, the job is cancelled, else
  // failed.
  void EndWithError(Job& job, Error error);
  void AfterEnd(Job& job, const Result<Document>& result);

  EventFrame FrameOf(const Job& job);
  Document CompletedBody(const Job& job, const Report& report);
  void Tell(const Job& job, EventKind kind, const Document& body);
  JobStatus StatusOf(const Job& job, std::optional<std::uint64_t> position) const;
  JobStatus StatusOf(const Job& job) const;
  void FinishStopping();

  EventLoop& loop_;
  Engine& engine_;
  const Subjects subjects_;
  const Publish publish_;
  const MaxBody max_body_;
  JobTable table_;
  IdSequence event_ids_;
  std::unordered_map<std::string, Running> running_;
  std::unordered_map<std::string, std::vector<Ended>> waiting_;
  std::unique_ptr<Timer> ticks_;  // while jobs run
  bool stopping_ = false;
  std::unique_ptr<Timer> grace_;
  std::function<void(bool)> stopped_;
  Alive alive_;
  WorkerThreads threads_;  // last: joined before anything above goes
};

}  // namespace jetkeep

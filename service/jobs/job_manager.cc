#include "service/jobs/job_manager.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/set_record.h"
#include "service/telemetry/log.h"
#include "service/work/guarded_call.h"

namespace jetkeep {
namespace {

// A little more than a quarter of a second: together with the last one at 100 % there are never
// more than four in any second.
constexpr std::chrono::milliseconds kProgressInterval{300};
// The table bounds how many jobs run, and that may change; threads start as they are needed.
constexpr std::size_t kMostThreads = 64;

double SecondsBetween(std::int64_t from_ns, std::int64_t to_ns) {
  return from_ns == 0 ? 0 : static_cast<double>(std::max<std::int64_t>(0, to_ns - from_ns)) / 1e9;
}

}  // namespace

JobManager::JobManager(EventLoop& loop, const ServedAccounts& accounts,
                       const JobManagerOptions& options)
    : loop_(loop),
      accounts_(accounts),
      clock_(*options.clock),
      table_(options.limits),
      threads_(std::max(options.limits.running, kMostThreads), options.thread_hook) {}

JobManager::~JobManager() {
  for (Job* job : table_.running()) job->cancel.Cancel();
}

Result<JobStatus> JobManager::Submit(Submission submission) {
  if (!submission.id.empty()) {
    if (std::optional<Result<JobStatus>> known = FindSame(submission.id, submission.spec)) {
      return *std::move(known);
    }
  }
  if (stopping_) return Fail(Errc::kShuttingDown, "the service is shutting down");
  Job job;
  job.id = submission.id.empty() ? RandomToken(16) : std::move(submission.id);
  job.spec = std::move(submission.spec);
  job.stream = std::move(submission.stream);
  job.backup = std::move(submission.backup);
  job.set = std::move(submission.set);
  job.created_ns = clock_.Now();
  JETKEEP_ASSIGN(Job * added, table_.Add(std::move(job)));
  const JobStatus status = StatusOf(*added);
  Notify(*added, Changed(EventKind::kQueued));
  StartNext();
  return status;
}

std::optional<Result<JobStatus>> JobManager::FindSame(const std::string& id, const JobSpec& spec) {
  const Job* job = table_.Find(id, AccountOf(spec));
  if (job == nullptr) return std::nullopt;
  if (job->spec != spec) {
    return Fail(Errc::kJobConflict, "the job " + id + " is there already, with another request",
                "Choose another id, or leave \"job\" out.");
  }
  return StatusOf(*job);
}

std::optional<JobStatus> JobManager::Find(const std::string& id, const std::string& account) {
  const Job* job = table_.Find(id, account);
  if (job == nullptr) return std::nullopt;
  return StatusOf(*job);
}

// Visits jobs of the account in the order in which they are shown, with their places in the queue.
template <typename Visit>
void JobManager::ForEach(const std::string& account, Visit visit) const {
  const auto show = [&](const Job* job, std::optional<std::uint64_t> position) {
    if (account.empty() || AccountOf(job->spec) == account) visit(*job, position);
  };
  for (const Job* job : table_.running()) show(job, std::nullopt);
  std::uint64_t position = 0;
  for (const Job* job : table_.queued()) show(job, position++);
  // The newest first. (Not std::views::reverse: clang 14 cannot compile that of this library.)
  std::for_each(table_.ended().rbegin(), table_.ended().rend(),
                [&](const Job* job) { show(job, std::nullopt); });
}

std::vector<JobStatus> JobManager::First(std::size_t limit, const std::string& account) {
  std::vector<JobStatus> first;
  first.reserve(std::min(limit, table_.size()));
  ForEach(account, [&](const Job& job, std::optional<std::uint64_t> position) {
    if (first.size() < limit) first.push_back(StatusOf(job, position));
  });
  return first;
}

std::size_t JobManager::Count(const std::string& account) const {
  std::size_t count = 0;
  ForEach(account, [&](const Job&, std::optional<std::uint64_t>) { ++count; });
  return count;
}

Result<JobStatus> JobManager::Cancel(const std::string& id, const std::string& account) {
  Job* job = table_.Find(id, account);
  if (job == nullptr) return Fail(Errc::kJobNotFound, "the job " + id + " is not known");
  const JobStatus before = StatusOf(*job);
  job->cancel.Cancel();
  if (job->state == JobState::kQueued) {
    EndWithError(*job, {Errc::kCancelled, "the job was cancelled before it started", {}});
  }
  return before;
}

void JobManager::SetMaxRunning(std::size_t running) {
  table_.SetRunning(running);
  StartNext();
}

void JobManager::WhenEnded(const std::string& id, Ended handler, const std::string& account) {
  const Job* job = table_.Find(id, account);
  if (job == nullptr) return;
  if (HasEnded(job->state)) return handler(StatusOf(*job), EndOf(*job));
  waiting_[RefOf(*job)].push_back(std::move(handler));
}

void JobManager::StartNext() {
  if (stopping_) return;
  for (Job* job : table_.StartNext()) StartJob(*job);
  if (!running_.empty() && !ticks_) {
    ticks_ = Timer::Every(loop_, kProgressInterval, [this] { OnTick(); });
  }
}

void JobManager::StartJob(Job& job) {
  job.started_ns = clock_.Now();
  job.attempts = 1;
  const Ref ref = RefOf(job);
  auto slot = std::make_shared<JobProgressSlot>(
      [this, ref](const std::string& backup) {
        loop_.Post(alive_.Guard([this, ref, backup] { OnStarted(ref, backup); }));
      },
      [this, ref](int attempt, const Error& reason, std::int64_t delay_ms) {
        const double delay_seconds = static_cast<double>(delay_ms) / 1000.0;
        loop_.Post(alive_.Guard([this, ref, attempt, reason, delay_seconds] {
          OnRetry(ref, attempt, reason, delay_seconds);
        }));
      });
  running_[ref].slot = slot;
  threads_.Run([this, ref, slot, spec = job.spec, cancel = job.cancel] {
    Result<JobReport> report = RunOnEngine(spec, *slot, cancel);
    loop_.Post(alive_.Guard(
        [this, ref, report = std::move(report)]() mutable { OnReport(ref, std::move(report)); }));
  });
}

Result<JobReport> JobManager::RunOnEngine(const JobSpec& spec, JobObserver& observer,
                                          const CancelToken& cancel) const {
  JETKEEP_ASSIGN(const ServedAccount* const account, accounts_.Find(AccountOf(spec)));
  // One job's defect must not end the others.
  return GuardedCall<Result<JobReport>>([&]() -> Result<JobReport> {
    JETKEEP_ASSIGN(Engine* const engine, account->EngineFor(TargetOf(spec)));
    return RowOf(spec).run(*engine, spec, observer, cancel);
  });
}

void JobManager::OnStarted(const Ref& ref, const std::string& backup) {
  Job* job = Find(ref);
  const auto running = running_.find(ref);
  if (job == nullptr || running == running_.end()) return;
  if (!backup.empty()) (IsSetId(backup) ? job->set : job->backup) = backup;
  if (std::exchange(running->second.start_announced, true)) return;
  log::Info("job started", {{"job", job->id},
                            {"kind", NameOf(KindOf(job->spec))},
                            {"account", ref.account},
                            {"stream", job->stream},
                            {"backup", job->backup.empty() ? job->set : job->backup}});
  Notify(*job, Changed(EventKind::kStarted));
}

void JobManager::OnRetry(const Ref& ref, int attempt, const Error& reason, double delay_seconds) {
  Job* job = Find(ref);
  if (job == nullptr || !running_.contains(ref)) return;
  job->attempts = attempt + 1;
  log::Warn("job is tried again", {{"job", ref.id},
                                   {"account", ref.account},
                                   {"stream", job->stream},
                                   {"attempt", attempt},
                                   {"error", reason.message},
                                   {"delay_seconds", delay_seconds}});
  JobChange change = Changed(EventKind::kRetrying);
  change.attempt = attempt;
  change.delay_seconds = delay_seconds;
  change.error = &reason;
  Notify(*job, change);
}

void JobManager::OnTick() {
  for (Job* job : table_.running()) {
    Running& running = running_[RefOf(*job)];
    // A job's progress may be seen before the task that announces its start has run.
    if (!running.start_announced) continue;
    const std::optional<JobProgress> fresh = running.slot->Fresh();
    if (!fresh) continue;
    job->progress = running.rate.Update(*fresh, RateMeter::Clock::now());
    Notify(*job, Changed(EventKind::kProgress));
  }
}

void JobManager::OnReport(const Ref& ref, Result<JobReport> report) {
  Job* job = Find(ref);
  const auto running = running_.find(ref);
  if (job == nullptr || running == running_.end()) return;  // given up when the grace was over
  if (report) {
    Complete(*job, running->second, *std::move(report));
  } else {
    EndWithError(*job, std::move(report).error());
  }
}

void JobManager::Complete(Job& job, Running& running, JobReport report) {
  JobOutcome outcome = RowOf(job.spec).outcome(report);
  if (outcome.attempts) job.attempts = *outcome.attempts;
  if (!outcome.backup.empty()) job.backup = outcome.backup;
  JobProgress last = running.slot->Latest();
  last.messages_done = last.messages_expected =
      outcome.messages.value_or(std::max(last.messages_done, last.messages_expected));
  last.bytes_done = last.bytes_expected = std::max(last.bytes_done, last.bytes_expected);
  if (!running.start_announced) OnStarted(RefOf(job), job.backup);
  if (outcome.partial) {
    return EndWithError(job, *std::move(outcome.partial), std::move(report));
  }
  job.progress = running.rate.Final(last);
  Notify(job, Changed(EventKind::kProgress));

  job.ended_ns = clock_.Now();
  job.end_id = change_ids_.Next();
  job.report = std::move(report);
  log::Info("job completed", {{"job", job.id},
                              {"kind", NameOf(KindOf(job.spec))},
                              {"account", AccountOf(job.spec)},
                              {"stream", job.stream},
                              {"backup", job.backup},
                              {"duration_seconds", SecondsBetween(job.started_ns, job.ended_ns)}});
  table_.End(job, JobState::kCompleted);
  AfterEnd(job);
}

void JobManager::EndWithError(Job& job, Error error, std::optional<JobReport> report) {
  job.ended_ns = clock_.Now();
  job.end_id = change_ids_.Next();
  const double duration = SecondsBetween(job.started_ns, job.ended_ns);
  const bool cancelled = error.code == Errc::kCancelled && job.cancel.Cancelled();
  if (cancelled) {
    log::Info("job cancelled", {{"job", job.id},
                                {"kind", NameOf(KindOf(job.spec))},
                                {"account", AccountOf(job.spec)},
                                {"stream", job.stream},
                                {"duration_seconds", duration}});
  } else {
    log::Error("job failed", {{"job", job.id},
                              {"kind", NameOf(KindOf(job.spec))},
                              {"account", AccountOf(job.spec)},
                              {"stream", job.stream},
                              {"err_code", TraitsOf(error.code).err_code},
                              {"error", error.message},
                              {"duration_seconds", duration}});
  }
  job.error = std::move(error);
  job.report = std::move(report);
  table_.End(job, cancelled ? JobState::kCancelled : JobState::kFailed);
  AfterEnd(job);
}

void JobManager::AfterEnd(Job& job) {
  const Ref ref = RefOf(job);
  const JobStatus status = StatusOf(job);
  const JobChange end = EndOf(job);
  Notify(job, end);
  running_.erase(ref);
  if (running_.empty()) ticks_.reset();
  if (auto handlers = waiting_.extract(ref)) {
    for (const Ended& handler : handlers.mapped()) handler(status, end);
  }
  if (stopping_) {
    if (running_.empty()) FinishStopping();
  } else {
    StartNext();
  }
}

JobChange JobManager::Changed(EventKind kind) {
  JobChange change;
  change.kind = kind;
  change.id = change_ids_.Next();
  change.time_ns = clock_.Now();
  return change;
}

JobChange JobManager::EndOf(const Job& job) {
  JobChange end;
  end.kind = job.state == JobState::kCompleted   ? EventKind::kCompleted
             : job.state == JobState::kCancelled ? EventKind::kCancelled
                                                 : EventKind::kFailed;
  end.id = job.end_id;
  end.time_ns = job.ended_ns;
  end.duration_seconds = SecondsBetween(job.started_ns, job.ended_ns);
  if (job.error) end.error = &*job.error;
  if (job.report) end.report = &*job.report;
  return end;
}

void JobManager::Notify(const Job& job, const JobChange& change) {
  const JobStatus status = StatusOf(job);
  for (JobListener* listener : listeners_) listener->OnChange(status, change);
}

JobStatus JobManager::StatusOf(const Job& job, std::optional<std::uint64_t> position) {
  JobStatus status;
  status.job = job.id;
  status.kind = KindOf(job.spec);
  status.state = job.state;
  status.account = AccountOf(job.spec);
  status.target = TargetOf(job.spec);
  status.stream = job.stream;
  status.backup = job.backup;
  status.set = job.set;
  status.created_ns = job.created_ns;
  status.started_ns = job.started_ns;
  status.ended_ns = job.ended_ns;
  status.position = position;
  status.progress = job.progress;
  status.attempts = job.attempts;
  status.error = job.error;
  return status;
}

JobStatus JobManager::StatusOf(const Job& job) const {
  if (job.state != JobState::kQueued) return StatusOf(job, std::nullopt);
  return StatusOf(job, table_.PositionOf(job));
}

void JobManager::Stop(std::chrono::milliseconds grace, std::function<void(bool all_ended)> done) {
  stopping_ = true;
  for (Job* job : table_.running()) job->cancel.Cancel();
  const std::vector<Job*> queued(table_.queued().begin(), table_.queued().end());
  for (Job* job : queued) {
    job->cancel.Cancel();
    EndWithError(*job, {Errc::kCancelled, "the service shut down before the job started", {}});
  }
  stopped_ = std::move(
      done);  // only now, or the end of the first queued job would count as the end of all
  if (running_.empty()) return FinishStopping();
  grace_ = Timer::Once(loop_, grace, [this] { FinishStopping(); });
}

void JobManager::FinishStopping() {
  if (!stopped_) return;
  const std::function<void(bool)> done = std::exchange(stopped_, nullptr);
  grace_.reset();
  const bool all_ended = running_.empty();
  const std::vector<Job*> left = table_.running();
  for (Job* job : left) {
    EndWithError(*job, {Errc::kCancelled, "the service shut down before the job could stop", {}});
  }
  done(all_ended);
}

}  // namespace jetkeep

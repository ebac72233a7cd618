#include "service/control/job_manager.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "service/control/wall_clock.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

// A little more than a quarter of a second: together with the last one at 100 % there are never
// more than four in any second.
constexpr std::chrono::milliseconds kProgressInterval{300};

double SecondsBetween(std::int64_t from_ns, std::int64_t to_ns) {
  return from_ns == 0 ? 0 : static_cast<double>(std::max<std::int64_t>(0, to_ns - from_ns)) / 1e9;
}

}  // namespace

JobManager::JobManager(EventLoop& loop, Engine& engine, Subjects subjects, JobLimits limits,
                       Publish publish, MaxBody max_body)
    : loop_(loop),
      engine_(engine),
      subjects_(std::move(subjects)),
      publish_(std::move(publish)),
      max_body_(std::move(max_body)),
      table_(limits),
      threads_(limits.running) {}

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
  job.encoding = submission.encoding;
  job.created_ns = WallClockNanoseconds();
  JETKEEP_ASSIGN(Job * added, table_.Add(std::move(job)));
  const JobStatus status = StatusOf(*added);
  Tell(*added, EventKind::kQueued, QueuedEvent(FrameOf(*added), status.position.value_or(0)));
  StartNext();
  return status;
}

std::optional<Result<JobStatus>> JobManager::FindSame(const std::string& id, const JobSpec& spec) {
  const Job* job = table_.Find(id);
  if (job == nullptr) return std::nullopt;
  if (job->spec != spec) {
    return Fail(Errc::kJobConflict, "the job " + id + " is there already, with another request",
                "Choose another id, or leave \"job\" out.");
  }
  return StatusOf(*job);
}

void JobManager::PublishRefusal(const Submission& submission, const Error& error) {
  Job job;
  job.id = submission.id.empty() ? RandomToken(16) : submission.id;
  job.spec = submission.spec;
  job.stream = submission.stream;
  job.backup = submission.backup;
  job.encoding = submission.encoding;
  Tell(job, EventKind::kFailed, FailedEvent(FrameOf(job), error, 0));
}

std::optional<JobStatus> JobManager::Find(const std::string& id) {
  const Job* job = table_.Find(id);
  if (job == nullptr) return std::nullopt;
  return StatusOf(*job);
}

std::vector<JobStatus> JobManager::First(std::size_t limit) {
  std::vector<JobStatus> first;
  first.reserve(std::min(limit, table_.size()));
  const auto add = [&](const Job* job, std::optional<std::uint64_t> position) {
    if (first.size() < limit) first.push_back(StatusOf(*job, position));
  };
  for (const Job* job : table_.running()) add(job, std::nullopt);
  std::uint64_t position = 0;
  for (const Job* job : table_.queued()) add(job, position++);
  // The newest first. (Not std::views::reverse: clang 14 cannot compile that of this library.)
  std::for_each(table_.ended().rbegin(), table_.ended().rend(),
                [&](const Job* job) { add(job, std::nullopt); });
  return first;
}

Result<JobStatus> JobManager::Cancel(const std::string& id) {
  Job* job = table_.Find(id);
  if (job == nullptr) return Fail(Errc::kJobNotFound, "the job " + id + " is not known");
  const JobStatus before = StatusOf(*job);
  job->cancel.Cancel();
  if (job->state == JobState::kQueued) {
    EndWithError(*job, {Errc::kCancelled, "the job was cancelled before it started", {}});
  }
  return before;
}

void JobManager::WhenEnded(const std::string& id, Ended handler) {
  const Job* job = table_.Find(id);
  if (job == nullptr) {
    handler(Fail(Errc::kJobNotFound, "the job " + id + " is not known"));
  } else if (job->state == JobState::kCompleted) {
    handler(DecodeBody(job->result, kAnswerLimits));
  } else if (HasEnded(job->state)) {
    handler(Fail(*job->error));
  } else {
    waiting_[id].push_back(std::move(handler));
  }
}

void JobManager::StartNext() {
  if (stopping_) return;
  for (Job* job : table_.StartNext()) StartJob(*job);
  if (!running_.empty() && !ticks_) {
    ticks_ = Timer::Every(loop_, kProgressInterval, [this] { OnTick(); });
  }
}

void JobManager::StartJob(Job& job) {
  job.started_ns = WallClockNanoseconds();
  job.attempts = 1;
  const std::string id = job.id;
  auto slot = std::make_shared<JobProgressSlot>(
      [this, id](const std::string& backup) {
        loop_.Post(alive_.Guard([this, id, backup] { OnStarted(id, backup); }));
      },
      [this, id](int attempt, const Error& reason, std::int64_t delay_ms) {
        const double delay_seconds = static_cast<double>(delay_ms) / 1000.0;
        loop_.Post(alive_.Guard([this, id, attempt, reason, delay_seconds] {
          OnRetry(id, attempt, reason, delay_seconds);
        }));
      });
  running_[id].slot = slot;
  threads_.Run([this, id, slot, spec = job.spec, cancel = job.cancel] {
    Result<Report> report = RunOnEngine(engine_, spec, *slot, cancel);
    loop_.Post(alive_.Guard(
        [this, id, report = std::move(report)]() mutable { OnReport(id, std::move(report)); }));
  });
}

Result<JobManager::Report> JobManager::RunOnEngine(Engine& engine, const JobSpec& spec,
                                                   JobObserver& observer,
                                                   const CancelToken& cancel) {
  try {
    if (const auto* backup = std::get_if<BackupSpec>(&spec)) {
      JETKEEP_ASSIGN(BackupReport report, engine.Backup(*backup, observer, cancel));
      return Report(std::move(report));
    }
    if (const auto* restore = std::get_if<RestoreSpec>(&spec)) {
      JETKEEP_ASSIGN(RestoreReport report, engine.Restore(*restore, observer, cancel));
      return Report(std::move(report));
    }
    JETKEEP_ASSIGN(VerifyReport report,
                   engine.Verify(std::get<VerifySpec>(spec), observer, cancel));
    return Report(std::move(report));
  } catch (const std::exception& error) {  // one job's defect must not end the others
    return Fail(Errc::kInternal, std::string("unexpected: ") + error.what());
  }
}

void JobManager::OnStarted(const std::string& id, const std::string& backup) {
  Job* job = table_.Find(id);
  const auto running = running_.find(id);
  if (job == nullptr || running == running_.end()) return;
  if (!backup.empty()) job->backup = backup;
  if (std::exchange(running->second.told_start, true)) return;
  log::Info("job started", {{"job", job->id},
                            {"kind", NameOf(KindOf(job->spec))},
                            {"stream", job->stream},
                            {"backup", job->backup}});
  Tell(*job, EventKind::kStarted, StartedEvent(FrameOf(*job)));
}

void JobManager::OnRetry(const std::string& id, int attempt, const Error& reason,
                         double delay_seconds) {
  Job* job = table_.Find(id);
  if (job == nullptr || !running_.contains(id)) return;
  job->attempts = attempt + 1;
  log::Warn("job is tried again", {{"job", id},
                                   {"stream", job->stream},
                                   {"attempt", attempt},
                                   {"error", reason.message},
                                   {"delay_seconds", delay_seconds}});
  Tell(*job, EventKind::kRetrying, RetryingEvent(FrameOf(*job), attempt, delay_seconds, reason));
}

void JobManager::OnTick() {
  for (Job* job : table_.running()) {
    Running& running = running_[job->id];
    // A job's progress may be seen before the task that tells its start has run.
    if (!running.told_start) continue;
    const std::optional<JobProgress> fresh = running.slot->Fresh();
    if (!fresh) continue;
    job->progress = running.rate.Update(*fresh, RateMeter::Clock::now());
    Tell(*job, EventKind::kProgress, ProgressEvent(FrameOf(*job), *job->progress));
  }
}

void JobManager::OnReport(const std::string& id, Result<Report> report) {
  Job* job = table_.Find(id);
  const auto running = running_.find(id);
  if (job == nullptr || running == running_.end()) return;  // given up when the grace was over
  if (report) {
    Complete(*job, running->second, *report);
  } else {
    EndWithError(*job, std::move(report).error());
  }
}

void JobManager::Complete(Job& job, Running& running, Report& report) {
  JobProgress last = running.slot->Latest();
  if (const auto* backup = std::get_if<BackupReport>(&report)) {
    last.messages_done = last.messages_expected = backup->backup.messages;
    job.attempts = backup->attempts;
    job.backup = backup->backup.id;
  } else if (const auto* restore = std::get_if<RestoreReport>(&report)) {
    last.messages_done = last.messages_expected = restore->messages;
    job.attempts = restore->attempts;
    if (!restore->backup.id.empty()) job.backup = restore->backup.id;
  } else {
    last.messages_done = last.messages_expected =
        std::max(last.messages_done, last.messages_expected);
  }
  last.bytes_done = last.bytes_expected = std::max(last.bytes_done, last.bytes_expected);
  if (!running.told_start) OnStarted(job.id, job.backup);
  job.progress = running.rate.Final(last);
  Tell(job, EventKind::kProgress, ProgressEvent(FrameOf(job), *job.progress));

  job.ended_ns = WallClockNanoseconds();
  const Document body = CompletedBody(job, report);
  Tell(job, EventKind::kCompleted, body);
  job.result = EncodeBody(body, Encoding::kJson);
  log::Info("job completed", {{"job", job.id},
                              {"kind", NameOf(KindOf(job.spec))},
                              {"stream", job.stream},
                              {"backup", job.backup},
                              {"duration_seconds", SecondsBetween(job.started_ns, job.ended_ns)}});
  table_.End(job, JobState::kCompleted);
  AfterEnd(job, body);
}

void JobManager::EndWithError(Job& job, Error error) {
  job.ended_ns = WallClockNanoseconds();
  const double duration = SecondsBetween(job.started_ns, job.ended_ns);
  const bool cancelled = error.code == Errc::kCancelled && job.cancel.Cancelled();
  if (cancelled) {
    log::Info("job cancelled", {{"job", job.id},
                                {"kind", NameOf(KindOf(job.spec))},
                                {"stream", job.stream},
                                {"duration_seconds", duration}});
    Tell(job, EventKind::kCancelled, CancelledEvent(FrameOf(job), duration));
  } else {
    log::Error("job failed", {{"job", job.id},
                              {"kind", NameOf(KindOf(job.spec))},
                              {"stream", job.stream},
                              {"err_code", TraitsOf(error.code).err_code},
                              {"error", error.message},
                              {"duration_seconds", duration}});
    Tell(job, EventKind::kFailed, FailedEvent(FrameOf(job), error, duration));
  }
  job.error = error;
  table_.End(job, cancelled ? JobState::kCancelled : JobState::kFailed);
  AfterEnd(job, Fail(std::move(error)));
}

void JobManager::AfterEnd(Job& job, const Result<Document>& result) {
  const std::string id = job.id;
  running_.erase(id);
  if (running_.empty()) ticks_.reset();
  if (auto handlers = waiting_.extract(id)) {
    for (const Ended& handler : handlers.mapped()) handler(result);
  }
  if (stopping_) {
    if (running_.empty()) FinishStopping();
  } else {
    StartNext();
  }
}

EventFrame JobManager::FrameOf(const Job& job) {
  EventFrame frame;
  frame.work = KindOf(job.spec);
  frame.id = event_ids_.Next();
  frame.time_ns = WallClockNanoseconds();
  frame.job = job.id;
  frame.stream = job.stream;
  frame.backup = job.backup;
  return frame;
}

// Whatever a job found, the body fits into one message of this server.
Document JobManager::CompletedBody(const Job& job, const Report& report) {
  const EventFrame frame = FrameOf(job);
  for (std::size_t lines = kMaxEventLines;; lines /= 2) {
    Document body =
        std::visit([&](const auto& done) { return CompletedEvent(frame, done, lines); }, report);
    if (lines == 0 || EncodeBody(body, Encoding::kJson).size() <= max_body_()) return body;
  }
}

void JobManager::Tell(const Job& job, EventKind kind, const Document& body) {
  // The id as Nats-Msg-Id lets a stream that keeps events drop doubles.
  publish_(subjects_.Event(KindOf(job.spec), kind, job.stream, job.id),
           EncodeBody(body, job.encoding), {{"Nats-Msg-Id", body["id"].get<std::string>()}});
}

JobStatus JobManager::StatusOf(const Job& job, std::optional<std::uint64_t> position) const {
  JobStatus status;
  status.job = job.id;
  status.kind = KindOf(job.spec);
  status.state = job.state;
  status.stream = job.stream;
  status.backup = job.backup;
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

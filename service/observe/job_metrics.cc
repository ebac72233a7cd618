#include "service/observe/job_metrics.h"

#include <array>

namespace jetkeep {
namespace {

constexpr std::array kKinds = {JobKind::kBackup, JobKind::kRestore, JobKind::kVerify,
                               JobKind::kRepublish};
constexpr std::array kEnds = {JobState::kCompleted, JobState::kFailed, JobState::kCancelled};
constexpr std::array kReasons = {
#define JETKEEP_ERROR(name, err_code, http_code, exit_code, retryable, text) Errc::k##name,
#include "jetkeep/errors.def"
#undef JETKEEP_ERROR
};

std::string NameOfKind(JobKind kind) { return std::string(NameOf(kind)); }

// Counts that went back are those of a new attempt.
double Grown(std::uint64_t now, std::uint64_t& before) {
  const std::uint64_t grown = now >= before ? now - before : now;
  before = now;
  return static_cast<double>(grown);
}

}  // namespace

void JobMetrics::AddAccount(const std::string& account) {
  for (const JobKind kind : kKinds) {
    const std::string name = NameOfKind(kind);
    for (const JobState end : kEnds) {
      metrics_.Touch(Metric::kJobs, {account, name, std::string(NameOf(end))});
    }
    for (const Metric metric : {Metric::kJobsQueued, Metric::kJobsRunning, Metric::kJobRetries,
                                Metric::kJobDuration, Metric::kJobMessages, Metric::kJobBytes}) {
      metrics_.Touch(metric, {account, name});
    }
  }
  for (const Errc reason : kReasons) {
    metrics_.Touch(Metric::kJobFailures, {account, std::string(TraitsOf(reason).name)});
  }
}

void JobMetrics::OnChange(const JobStatus& job, const JobChange& change) {
  const auto [place, is_new] = jobs_.try_emplace(job.job);
  Seen& seen = place->second;
  Numbers& numbers = numbers_[job.account + ' ' + NameOfKind(job.kind)];
  if (!is_new) --(seen.state == JobState::kQueued ? numbers.queued : numbers.running);
  CountWork(job, seen);
  seen.state = job.state;
  if (change.kind == EventKind::kRetrying) {
    metrics_.Add(Metric::kJobRetries, {job.account, NameOfKind(job.kind)});
  }
  if (HasEnded(job.state)) {
    CountEnd(job, change);
    jobs_.erase(place);
  } else {
    ++(seen.state == JobState::kQueued ? numbers.queued : numbers.running);
  }
  ShowNumbers(job.account, job.kind);
}

void JobMetrics::CountWork(const JobStatus& job, Seen& seen) {
  if (!job.progress) return;
  const JobProgress& counts = job.progress->counts;
  const Metrics::Labels labels{job.account, NameOfKind(job.kind)};
  metrics_.Add(Metric::kJobMessages, labels, Grown(counts.messages_done, seen.messages));
  metrics_.Add(Metric::kJobBytes, labels, Grown(counts.bytes_done, seen.bytes));
}

void JobMetrics::ShowNumbers(const std::string& account, JobKind kind) {
  const Numbers& numbers = numbers_[account + ' ' + NameOfKind(kind)];
  const Metrics::Labels labels{account, NameOfKind(kind)};
  metrics_.Set(Metric::kJobsQueued, labels, static_cast<double>(numbers.queued));
  metrics_.Set(Metric::kJobsRunning, labels, static_cast<double>(numbers.running));
}

void JobMetrics::CountEnd(const JobStatus& job, const JobChange& change) {
  const std::string kind = NameOfKind(job.kind);
  metrics_.Add(Metric::kJobs, {job.account, kind, std::string(NameOf(job.state))});
  // One that was cancelled in the queue did not run.
  if (job.started_ns != 0) {
    metrics_.Observe(Metric::kJobDuration, {job.account, kind}, change.duration_seconds);
  }
  if (job.state == JobState::kFailed && change.error != nullptr) {
    metrics_.Add(Metric::kJobFailures,
                 {job.account, std::string(TraitsOf(change.error->code).name)});
  }
}

}  // namespace jetkeep

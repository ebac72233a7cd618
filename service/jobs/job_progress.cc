#include "service/jobs/job_progress.h"

#include <utility>

namespace jetkeep {

JobProgressSlot::JobProgressSlot(Started started, Retry retry)
    : started_(std::move(started)), retry_(std::move(retry)) {}

void JobProgressSlot::OnStarted(const std::string& backup_id, const std::string&) {
  started_(backup_id);
}

void JobProgressSlot::OnProgress(const JobProgress& progress) {
  const MutexLock lock(mutex_);
  latest_ = progress;
  fresh_ = true;
}

void JobProgressSlot::OnRetry(int attempt, const Error& reason, std::int64_t delay_ms) {
  retry_(attempt, reason, delay_ms);
}

std::optional<JobProgress> JobProgressSlot::Fresh() {
  const MutexLock lock(mutex_);
  if (!fresh_) return std::nullopt;
  fresh_ = false;
  return latest_;
}

JobProgress JobProgressSlot::Latest() const {
  const MutexLock lock(mutex_);
  return latest_;
}

}  // namespace jetkeep

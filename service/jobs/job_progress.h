// JobProgressSlot: where a running job leaves how far it is, and the loop looks a few times a
// second.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "jetkeep/engine.h"
#include "jetkeep/mutex.h"

namespace jetkeep {

// The observer of one job. Thread-safety: the members of JobObserver are called by the job, Fresh
// and Latest by the loop. The two functions are called on the job's threads, at most once a second
// or so.
class JobProgressSlot : public JobObserver {
 public:
  using Started = std::function<void(const std::string& backup)>;
  using Retry = std::function<void(int attempt, const Error& reason, std::int64_t delay_ms)>;
  JobProgressSlot(Started started, Retry retry);

  void OnStarted(const std::string& backup_id, const std::string& stream) override;
  void OnProgress(const JobProgress& progress) override;
  void OnRetry(int attempt, const Error& reason, std::int64_t delay_ms) override;

  // What came since the last call, if anything did.
  std::optional<JobProgress> Fresh();
  JobProgress Latest() const;

 private:
  const Started started_;
  const Retry retry_;
  mutable Mutex mutex_;
  JobProgress latest_ JETKEEP_GUARDED_BY(mutex_);
  bool fresh_ JETKEEP_GUARDED_BY(mutex_) = false;
};

}  // namespace jetkeep

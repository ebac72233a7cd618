// JobMetrics: counts what happens to jobs. Thread-safety: belongs to the loop's thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "service/jobs/job_listener.h"
#include "service/telemetry/metrics.h"

namespace jetkeep {

class JobMetrics : public JobListener {
 public:
  // The metrics must outlive this.
  explicit JobMetrics(Metrics& metrics) : metrics_(metrics) {}

  // From now on all label sets of the account are there.
  void AddAccount(const std::string& account);
  void OnChange(const JobStatus& job, const JobChange& change) override;

 private:
  struct Seen {
    JobState state = JobState::kQueued;
    std::uint64_t messages = 0;  // of its present attempt
    std::uint64_t bytes = 0;
  };
  struct Numbers {
    std::int64_t queued = 0;
    std::int64_t running = 0;
  };

  void CountWork(const JobStatus& job, Seen& seen);
  void ShowNumbers(const std::string& account, JobKind kind);
  void CountEnd(const JobStatus& job, const JobChange& change);

  Metrics& metrics_;
  std::unordered_map<std::string, Seen> jobs_;        // that have not ended
  std::unordered_map<std::string, Numbers> numbers_;  // by account and kind
};

}  // namespace jetkeep

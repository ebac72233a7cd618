#include "service/observe/job_metrics.h"

#include <gmock/gmock.h>

namespace jetkeep {
namespace {

using testing::HasSubstr;
using testing::Not;

class JobMetricsTest : public testing::Test {
 protected:
  JobMetricsTest() { jobs_.AddAccount("a"); }

  void Change(const std::string& id, EventKind kind, JobState state, const Error* error = nullptr) {
    JobStatus job;
    job.job = id;
    job.account = "a";
    job.stream = "ORDERS";
    job.state = state;
    job.started_ns = state == JobState::kQueued ? 0 : 1;
    if (messages_ > 0) {
      job.progress.emplace();
      job.progress->counts.messages_done = messages_;
      job.progress->counts.bytes_done = messages_ * 10;
    }
    JobChange change;
    change.kind = kind;
    change.duration_seconds = 7;
    change.error = error;
    jobs_.OnChange(job, change);
  }
  void Expect(const std::string& line) { EXPECT_THAT(metrics_.Text(), HasSubstr(line + "\n")); }

  Metrics metrics_;
  JobMetrics jobs_{metrics_};
  std::uint64_t messages_ = 0;
};

TEST_F(JobMetricsTest, EveryLabelSetIsThereFromTheStart) {
  for (const char* kind : {"backup", "restore", "verify", "republish"}) {
    const std::string labels = std::string("{account=\"a\",kind=\"") + kind + "\"} 0";
    for (const char* name : {"jobs_queued", "jobs_running", "job_retries_total",
                             "job_messages_total", "job_bytes_total", "job_duration_seconds_sum"}) {
      Expect(std::string("jetkeep_") + name + labels);
    }
    for (const char* result : {"completed", "failed", "cancelled"}) {
      Expect(std::string("jetkeep_jobs_total{account=\"a\",kind=\"") + kind + "\",result=\"" +
             result + "\"} 0");
    }
  }
  Expect("jetkeep_job_failures_total{account=\"a\",reason=\"StorageFull\"} 0");
}

TEST_F(JobMetricsTest, AJobIsCountedFromTheQueueToItsEnd) {
  Change("1", EventKind::kQueued, JobState::kQueued);
  Change("2", EventKind::kQueued, JobState::kQueued);
  Change("1", EventKind::kStarted, JobState::kRunning);
  Expect("jetkeep_jobs_queued{account=\"a\",kind=\"backup\"} 1");
  Expect("jetkeep_jobs_running{account=\"a\",kind=\"backup\"} 1");
  Change("1", EventKind::kCompleted, JobState::kCompleted);
  Change("2", EventKind::kCancelled, JobState::kCancelled);
  Expect("jetkeep_jobs_queued{account=\"a\",kind=\"backup\"} 0");
  Expect("jetkeep_jobs_running{account=\"a\",kind=\"backup\"} 0");
  Expect("jetkeep_jobs_total{account=\"a\",kind=\"backup\",result=\"completed\"} 1");
  Expect("jetkeep_jobs_total{account=\"a\",kind=\"backup\",result=\"cancelled\"} 1");
}

TEST_F(JobMetricsTest, AFailureIsCountedByItsReason) {
  const Error full{Errc::kStorageFull, "no space", {}, 0};
  Change("1", EventKind::kQueued, JobState::kQueued);
  Change("1", EventKind::kRetrying, JobState::kRunning, &full);
  Change("1", EventKind::kFailed, JobState::kFailed, &full);
  Expect("jetkeep_job_retries_total{account=\"a\",kind=\"backup\"} 1");
  Expect("jetkeep_job_failures_total{account=\"a\",reason=\"StorageFull\"} 1");
  Expect("jetkeep_job_duration_seconds_bucket{account=\"a\",kind=\"backup\",le=\"5\"} 0");
  Expect("jetkeep_job_duration_seconds_bucket{account=\"a\",kind=\"backup\",le=\"15\"} 1");
}

TEST_F(JobMetricsTest, TheWorkOfEveryAttemptIsCounted) {
  Change("1", EventKind::kQueued, JobState::kQueued);
  messages_ = 5;
  Change("1", EventKind::kProgress, JobState::kRunning);
  messages_ = 8;
  Change("1", EventKind::kProgress, JobState::kRunning);
  messages_ = 2;  // begun again
  Change("1", EventKind::kProgress, JobState::kRunning);
  Expect("jetkeep_job_messages_total{account=\"a\",kind=\"backup\"} 10");
  Expect("jetkeep_job_bytes_total{account=\"a\",kind=\"backup\"} 100");
}

}  // namespace
}  // namespace jetkeep

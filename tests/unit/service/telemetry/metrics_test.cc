#include "service/telemetry/metrics.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace jetkeep {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, NothingIsShownBeforeItHasAValue) { EXPECT_EQ(Metrics().Text(), ""); }

TEST(Metrics, ATouchedLabelSetIsThereWithZero) {
  Metrics metrics;
  metrics.Touch(Metric::kJobs, {"default", "backup", "failed"});
  metrics.Touch(Metric::kNatsConnected, {"default"});
  metrics.Touch(Metric::kJobDuration, {"default", "backup"});
  const std::string text = metrics.Text();
  EXPECT_THAT(
      text,
      HasSubstr("jetkeep_jobs_total{account=\"default\",kind=\"backup\",result=\"failed\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE jetkeep_jobs_total counter\n"));
  EXPECT_THAT(text, HasSubstr("jetkeep_nats_connected{account=\"default\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("jetkeep_job_duration_seconds_count{account=\"default\",kind="
                              "\"backup\"} 0\n"));
}

TEST(Metrics, TouchingKeepsAValue) {
  Metrics metrics;
  metrics.Add(Metric::kJobRetries, {"a", "backup"}, 3);
  metrics.Touch(Metric::kJobRetries, {"a", "backup"});
  EXPECT_THAT(metrics.Text(),
              HasSubstr("jetkeep_job_retries_total{account=\"a\",kind=\"backup\"} 3\n"));
}

TEST(Metrics, ARemovedLabelSetIsGoneAndTheOthersStay) {
  Metrics metrics;
  metrics.Set(Metric::kLastMessages, {"a", "ORDERS"}, 7);
  metrics.Set(Metric::kLastMessages, {"a", "BILLS"}, 8);
  metrics.Remove(Metric::kLastMessages, {"a", "ORDERS"});
  EXPECT_THAT(metrics.Text(), Not(HasSubstr("ORDERS")));
  EXPECT_THAT(metrics.Text(), HasSubstr("BILLS"));
}

TEST(Metrics, AUnixTimeKeepsItsSeconds) {
  Metrics metrics;
  metrics.Set(Metric::kProcessStart, {}, 1795820000.25);
  EXPECT_THAT(metrics.Text(), HasSubstr("process_start_time_seconds 1795820000.25\n"));
}

// Prometheus throws a whole answer away for one line that is wrong.
TEST(Metrics, NoLabelBreaksALine) {
  Metrics metrics;
  metrics.Set(Metric::kLastMessages, {"a", "x\"} 1\ny\\\xff"}, 7);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("stream=\"x\\\"} 1\\ny\\\\\xef\xbf\xbd\""));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

}  // namespace
}  // namespace jetkeep

#include "service/cli/follow/job_summary.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

JobRun Ended(const std::string& stream, const std::string& condition) {
  JobRun run(JobKind::kBackup, stream, "j");
  if (condition.empty()) {
    run.EndWith(Error{Errc::kStreamNotFound, "no such stream", ""});
  } else {
    run.Complete({{"result", {{"condition", condition}, {"bytes", 2048}, {"stored_bytes", 1024}}}});
  }
  return run;
}

TEST(JobSummary, CountsWhatCameOfTheJobs) {
  JobSummary summary;
  for (int i = 0; i < 1004; ++i) summary.Add(Ended("S", "complete"));
  EXPECT_EQ(summary.Text(21), "1,004 of 1,004 complete, 2.0 MiB, stored 1004.0 KiB, in 21 s");
}

TEST(JobSummary, NamesTheFirstThatFailed) {
  JobSummary summary;
  summary.Add(Ended("A", "complete"));
  summary.Add(Ended("B", "damaged"));
  for (const char* stream : {"C", "D", "E", "F", "G", "H\x1b"}) summary.Add(Ended(stream, ""));
  EXPECT_EQ(summary.Text(1),
            "1 of 8 complete, 1 damaged, 4.0 KiB, stored 2.0 KiB, in 1.00 s; "
            "failed: C, D, E, F, G and 1 more");
}

}  // namespace
}  // namespace jetkeep

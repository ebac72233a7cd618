#include "service/jobs/job_table.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

Job BackupOf(const std::string& stream, const std::string& id) {
  Job job;
  job.id = id;
  job.stream = stream;
  BackupSpec spec;
  spec.stream = stream;
  job.spec = spec;
  return job;
}

std::string Ids(const std::vector<Job*>& jobs) {
  std::string ids;
  for (const Job* job : jobs) ids += job->id + " ";
  return ids;
}

TEST(JobTable, RunsNoMoreJobsThanTheLimitInTheOrderTheyCame) {
  JobTable table({2, 10, 10});
  for (const char* id : {"a", "b", "c", "d"}) ASSERT_TRUE(table.Add(BackupOf(id, id)));
  EXPECT_EQ(Ids(table.StartNext()), "a b ");
  EXPECT_EQ(Ids(table.StartNext()), "");
  EXPECT_EQ(table.PositionOf(*table.Find("d")), 1U);
  table.End(*table.Find("b"), JobState::kCompleted);
  EXPECT_EQ(Ids(table.StartNext()), "c ");
}

TEST(JobTable, RunsOneJobOfAStreamAtATimeAndLetsOthersPass) {
  JobTable table({4, 10, 10});
  ASSERT_TRUE(table.Add(BackupOf("S", "s1")));
  ASSERT_TRUE(table.Add(BackupOf("S", "s2")));
  ASSERT_TRUE(table.Add(BackupOf("T", "t1")));
  EXPECT_EQ(Ids(table.StartNext()), "s1 t1 ");
  table.End(*table.Find("s1"), JobState::kFailed);
  EXPECT_EQ(Ids(table.StartNext()), "s2 ");
}

TEST(JobTable, AStreamOfTheSameNameInAnotherAccountIsAnotherStream) {
  JobTable table({4, 10, 10});
  Job other = BackupOf("S", "s2");
  std::get<BackupSpec>(other.spec).account = "other";
  ASSERT_TRUE(table.Add(BackupOf("S", "s1")));
  ASSERT_TRUE(table.Add(std::move(other)));
  ASSERT_TRUE(table.Add(BackupOf("S", "s3")));
  EXPECT_EQ(Ids(table.StartNext()), "s1 s2 ");
}

TEST(JobTable, AnIdIsOneOfItsAccount) {
  JobTable table({4, 10, 2});
  const auto add = [&](const std::string& account, const std::string& id) {
    Job job = BackupOf(account + id, id);
    std::get<BackupSpec>(job.spec).account = account;
    return *table.Add(std::move(job));
  };
  Job* west = add("west", "nightly");
  Job* east = add("east", "nightly");
  EXPECT_EQ(table.Find("nightly", "west"), west);
  EXPECT_EQ(table.Find("nightly", "east"), east);
  EXPECT_EQ(table.Find("nightly", "north"), nullptr);
  EXPECT_NE(table.Find("nightly"), nullptr) << "of any account";
  table.End(*west, JobState::kCompleted);
  table.End(*add("west", "b"), JobState::kCompleted);
  table.End(*add("west", "c"), JobState::kCompleted);
  EXPECT_EQ(table.Find("nightly", "west"), nullptr) << "the oldest is forgotten";
  EXPECT_EQ(table.Find("nightly", "east"), east) << "and no other of that id";
}

TEST(JobTable, RefusesMoreQueuedJobsThanTheLimit) {
  JobTable table({1, 2, 10});
  ASSERT_TRUE(table.Add(BackupOf("A", "a")));
  ASSERT_TRUE(table.Add(BackupOf("B", "b")));
  EXPECT_EQ(table.Add(BackupOf("C", "c")).error().code, Errc::kTooManyJobs);
  EXPECT_EQ(table.Find("c"), nullptr);
}

TEST(JobTable, ForgetsTheOldestEndedJobs) {
  JobTable table({1, 10, 2});
  for (const char* id : {"a", "b", "c"}) {
    ASSERT_TRUE(table.Add(BackupOf(id, id)));
    table.End(*table.StartNext().front(), JobState::kCompleted);
  }
  EXPECT_EQ(table.Find("a"), nullptr);
  EXPECT_NE(table.Find("b"), nullptr);
  EXPECT_NE(table.Find("c"), nullptr);
}

TEST(JobTable, ForgetsEndedJobsEarlierIfTheirResultsAreLong) {
  JobTable table({1, 10, 100, 1200});
  for (const char* id : {"a", "b", "c"}) {
    Job job = BackupOf(id, id);
    VerifyReport report;
    report.findings.emplace_back(400, 'x');
    job.report = report;
    ASSERT_TRUE(table.Add(std::move(job)));
    table.End(*table.StartNext().front(), JobState::kCompleted);
  }
  EXPECT_EQ(table.Find("a"), nullptr);
  EXPECT_NE(table.Find("b"), nullptr);
  EXPECT_NE(table.Find("c"), nullptr);
  Job failed = BackupOf("d", "d");
  failed.error = Error{Errc::kInternal, std::string(5000, 'y'), {}, 0};
  ASSERT_TRUE(table.Add(std::move(failed)));
  table.End(*table.StartNext().front(), JobState::kFailed);
  EXPECT_EQ(table.Find("c"), nullptr);
  EXPECT_NE(table.Find("d"), nullptr) << "the newest stays";
}

TEST(JobTable, EndsAJobThatIsStillQueued) {
  JobTable table({1, 10, 10});
  ASSERT_TRUE(table.Add(BackupOf("A", "a")));
  table.End(*table.Find("a"), JobState::kCancelled);
  EXPECT_EQ(Ids(table.StartNext()), "");
  EXPECT_EQ(table.Find("a")->state, JobState::kCancelled);
}

TEST(JobSpecs, AreTheSameOnlyIfAllFieldsAre) {
  EXPECT_EQ(JobSpec(BackupSpec{"A", false}), JobSpec(BackupSpec{"A", false}));
  EXPECT_NE(JobSpec(BackupSpec{"A", false}), JobSpec(BackupSpec{"A", true}));
  RestoreSpec restore;
  restore.stream = "A";
  RestoreSpec lossy = restore;
  lossy.drop_unknown = true;
  EXPECT_NE(JobSpec(BackupSpec{"A", false}), JobSpec(restore));
  EXPECT_NE(JobSpec(restore), JobSpec(lossy));
  EXPECT_NE(JobSpec(VerifySpec{"", "A", false}), JobSpec(VerifySpec{"", "A", true}));
}

}  // namespace
}  // namespace jetkeep

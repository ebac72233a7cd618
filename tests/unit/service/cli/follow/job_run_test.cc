#include "service/cli/follow/job_run.h"

#include <gmock/gmock.h>

#include "protocol/control/events.h"

namespace jetkeep {
namespace {

using testing::HasSubstr;
using testing::Optional;

EventFrame Frame(EventKind kind, JobKind work = JobKind::kBackup) {
  EventFrame frame;
  frame.work = work;
  frame.kind = kind;
  frame.id = "e1";
  frame.job = "j1";
  frame.stream = "ORDERS";
  return frame;
}

BackupReport Report() {
  BackupReport report;
  report.backup.id = "b1";
  report.backup.stream = "ORDERS";
  report.backup.messages = 1000;
  report.backup.bytes = 2048;
  report.backup.first_sequence = 1;
  report.backup.last_sequence = 1000;
  report.backup.stored_bytes = 1024;
  report.backup.consumers = 1;
  report.duration_seconds = 1.5;
  return report;
}

// A connection may get the events of other accounts, whose jobs may have the same id.
TEST(JobRun, EventsOfAnotherAccountsJobChangeNothing) {
  JobRun run(JobKind::kBackup, "ORDERS", "j1");
  run.TakeStatus({{"job", "j1"}, {"account", "a"}, {"state", "running"}});
  EXPECT_EQ(run.account(), "a");
  EventFrame other = Frame(EventKind::kCompleted);
  other.account = "b";
  EXPECT_FALSE(run.IsAbout(CompletedEvent(other, Report())));
  EXPECT_EQ(run.TakeEvent(CompletedEvent(other, Report())), std::nullopt);
  EXPECT_FALSE(run.ended());
  other.account = "a";
  static_cast<void>(run.TakeEvent(CompletedEvent(other, Report())));
  EXPECT_TRUE(run.ended());
}

TEST(JobRun, GoesFromQueuedToCompleted) {
  JobRun run(JobKind::kBackup, "ORDERS", "j1");
  EXPECT_THAT(run.TakeEvent(QueuedEvent(Frame(EventKind::kQueued), 2)),
              Optional(HasSubstr("queued behind 2 other jobs")));
  EXPECT_THAT(run.TakeEvent(StartedEvent(Frame(EventKind::kStarted))),
              Optional(HasSubstr("backup ORDERS: started (job j1)")));
  ProgressFigures figures;
  figures.counts = {500, 1000, 1024, 2048};
  figures.percent = 50;
  figures.bytes_per_second = 4096;
  figures.remaining_seconds = 2;
  EXPECT_EQ(run.TakeEvent(ProgressEvent(Frame(EventKind::kProgress), figures)), std::nullopt);
  EXPECT_EQ(run.progress().messages_done, 500U);
  EXPECT_EQ(run.progress().percent, 50);
  EXPECT_THAT(run.progress().remaining_seconds, Optional(2.0));
  EXPECT_FALSE(run.ended());
  static_cast<void>(run.TakeEvent(CompletedEvent(Frame(EventKind::kCompleted), Report())));
  EXPECT_TRUE(run.ended());
  EXPECT_FALSE(run.error());
  EXPECT_EQ(DescribeResult(run.kind(), run.last_event()),
            "backup b1 of ORDERS is complete: 1,000 messages (2.0 KiB), sequences 1 to 1,000, 1 "
            "consumer; stored 1.0 KiB in 1.50 s");
}

TEST(JobRun, EveryErrorComesBackWithItsCode) {
  for (int i = 0; i <= static_cast<int>(Errc::kRestoreRefused); ++i) {
    const auto code = static_cast<Errc>(i);
    JobRun run(JobKind::kBackup, "ORDERS", "j1");
    static_cast<void>(run.TakeEvent(
        FailedEvent(Frame(EventKind::kFailed), Error{code, "it broke", "Mend it."}, 1)));
    ASSERT_TRUE(run.ended());
    ASSERT_TRUE(run.error());
    EXPECT_EQ(run.error()->code, code);
    EXPECT_EQ(run.error()->hint, "Mend it.");
  }
}

TEST(JobRun, TellsOfAttemptsThatFailed) {
  JobRun run(JobKind::kBackup, "ORDERS", "j1");
  EXPECT_THAT(run.TakeEvent(RetryingEvent(Frame(EventKind::kRetrying), 1, 2,
                                          Error{Errc::kFlowTimeout, "too slow", ""})),
              Optional(HasSubstr("attempt 1 failed (too slow), next one in 2.00 s")));
}

TEST(JobRun, ACancelledJobEndsWithAnError) {
  JobRun run(JobKind::kBackup, "ORDERS", "j1");
  static_cast<void>(run.TakeEvent(CancelledEvent(Frame(EventKind::kCancelled), 1)));
  ASSERT_TRUE(run.error());
  EXPECT_EQ(run.error()->code, Errc::kCancelled);
}

TEST(JobRun, WhatIsNotItsOwnChangesNothing) {
  JobRun run(JobKind::kBackup, "ORDERS", "other");
  EXPECT_EQ(run.TakeEvent(StartedEvent(Frame(EventKind::kStarted))), std::nullopt);
  JobRun restore(JobKind::kRestore, "ORDERS", "j1");
  EXPECT_EQ(restore.TakeEvent(StartedEvent(Frame(EventKind::kStarted))), std::nullopt);
  EXPECT_EQ(restore.TakeEvent(Document{{"job", "j1"}}), std::nullopt);
  EXPECT_EQ(restore.TakeEvent(Document{{"job", 1}, {"type", 2}}), std::nullopt);
  EXPECT_EQ(restore.TakeEvent(Document::array()), std::nullopt);
  EXPECT_EQ(restore.phase(), JobRun::Phase::kWaiting);
}

TEST(JobRun, NothingHappensAfterTheEnd) {
  JobRun run(JobKind::kBackup, "ORDERS", "j1");
  static_cast<void>(run.TakeEvent(CompletedEvent(Frame(EventKind::kCompleted), Report())));
  static_cast<void>(run.TakeEvent(CancelledEvent(Frame(EventKind::kCancelled), 1)));
  run.Complete(Document::object());
  EXPECT_FALSE(run.error());
  EXPECT_EQ(run.last_event().at("result").at("id"), "b1");
}

TEST(JobRun, LearnsTheStreamOfARestoreById) {
  JobRun run(JobKind::kRestore, "", "j1");
  EXPECT_EQ(run.label(), "restore");
  static_cast<void>(run.TakeEvent(StartedEvent(Frame(EventKind::kStarted, JobKind::kRestore))));
  EXPECT_EQ(run.label(), "restore ORDERS");
}

TEST(JobRun, TakesAStatusAsIt) {
  JobRun run(JobKind::kBackup, "ORDERS", "j1");
  run.TakeStatus(Document{{"state", "running"},
                          {"progress", {{"percent", 12.5}, {"messages", {{"done", 3}}}}}});
  EXPECT_EQ(run.phase(), JobRun::Phase::kRunning);
  EXPECT_EQ(run.progress().percent, 12.5);
  run.TakeStatus(Document{{"state", "completed"}});
  EXPECT_FALSE(run.ended()) << "the result must be asked for";
}

TEST(JobResult, TellsOfDamage) {
  BackupReport report = Report();
  report.backup.condition = BackupCondition::kDamaged;
  report.backup.lost_messages = 3;
  EXPECT_THAT(
      DescribeResult(JobKind::kBackup, CompletedEvent(Frame(EventKind::kCompleted), report)),
      testing::AllOf(HasSubstr("is damaged"), HasSubstr("lost 3 messages")));
  VerifyReport verify;
  verify.backups = 3;
  verify.damaged = 1;
  EXPECT_THAT(
      DescribeResult(JobKind::kVerify,
                     CompletedEvent(Frame(EventKind::kCompleted, JobKind::kVerify), verify)),
      HasSubstr("verified 3 backups, 0 B read in 0 s: 1 damaged"));
}

}  // namespace
}  // namespace jetkeep

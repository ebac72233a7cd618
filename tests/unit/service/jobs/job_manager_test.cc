#include "service/jobs/job_manager.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "service/loop/event_loop.h"
#include "service/loop/timer.h"
#include "tests/unit/service/control/fake_engine.h"

namespace jetkeep::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kSecond = 1'000'000'000;

class SetClock : public WallClock {
 public:
  std::int64_t Now() const override { return now; }
  std::int64_t now = 1'700'000'000 * kSecond;
};

struct Heard {
  JobStatus job;
  EventKind kind = EventKind::kQueued;
  std::string id;
  std::int64_t time_ns = 0;
  std::string error;
  bool has_report = false;
  double duration_seconds = 0;
};

class Recorder : public JobListener {
 public:
  void OnChange(const JobStatus& job, const JobChange& change) override {
    heard.push_back({job, change.kind, change.id, change.time_ns,
                     change.error == nullptr ? "" : change.error->message, change.report != nullptr,
                     change.duration_seconds});
  }
  std::string Kinds() const {
    std::string kinds;
    for (const Heard& one : heard) {
      // How many progress events there are depends on time.
      if (one.kind == EventKind::kProgress) continue;
      kinds += std::string(NameOf(one.kind)) + " ";
    }
    return kinds;
  }
  std::vector<Heard> heard;
};

class JobManagerTest : public ::testing::Test {
 protected:
  JobManagerTest() {
    manager.AddListener(first);
    manager.AddListener(second);
  }
  static JobManager::Submission BackupOf(const std::string& stream, const std::string& id) {
    JobManager::Submission submission;
    submission.id = id;
    submission.stream = stream;
    submission.spec = BackupSpec{stream, false, "west"};
    return submission;
  }
  // Runs the loop until the job has ended.
  JobChange RunToEnd(const std::string& id) {
    JobChange end;
    manager.WhenEnded(id, [&](const JobStatus&, const JobChange& change) {
      end = change;
      loop.Stop();
    });
    const auto limit = Timer::Once(loop, 10s, [&] {
      ADD_FAILURE() << "the job does not end";
      loop.Stop();
    });
    loop.Run();
    return end;
  }

  SetClock clock;
  FakeEngine engine;
  EventLoop loop;
  Recorder first;
  Recorder second;
  ServedAccounts accounts{{{"default", &engine}, {"west", &engine}}};
  JobManager manager{loop, accounts, {.limits = {.running = 2}, .clock = &clock}};
};

TEST_F(JobManagerTest, EveryListenerHearsEveryChangeAtTheTimeOfTheClock) {
  ASSERT_TRUE(manager.Submit(BackupOf("RETRY", "j1")));
  clock.now += 5 * kSecond;
  const JobChange end = RunToEnd("j1");
  for (const Recorder* listener : {&first, &second}) {
    EXPECT_EQ(listener->Kinds(), "queued started retrying completed ");
    ASSERT_FALSE(listener->heard.empty());
    const Heard& last = listener->heard.back();
    EXPECT_EQ(last.id, end.id) << "who waits is told of the same change";
    EXPECT_EQ(last.time_ns, clock.now);
    EXPECT_TRUE(last.has_report);
    EXPECT_EQ(last.job.state, JobState::kCompleted);
    EXPECT_EQ(last.job.account, "west");
    EXPECT_EQ(last.job.backup, "b-RETRY");
    EXPECT_EQ(last.job.ended_ns, clock.now);
    EXPECT_EQ(last.job.progress.value_or(ProgressFigures{}).percent, 100);
    EXPECT_EQ(listener->heard.front().job.created_ns, clock.now - 5 * kSecond);
    EXPECT_EQ(listener->heard.front().job.position, 0U);
  }
  std::vector<std::string> ids;
  for (const Heard& one : first.heard) ids.push_back(one.id);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end()) << "an id comes twice";
}

TEST_F(JobManagerTest, AFailureIsHeardWithItsErrorAndRemembered) {
  ASSERT_TRUE(manager.Submit(BackupOf("BROKEN", "j1")));
  RunToEnd("j1");
  EXPECT_EQ(first.Kinds(), "queued failed ");
  EXPECT_EQ(first.heard.back().error, "no space left");
  EXPECT_EQ(first.heard.back().job.state, JobState::kFailed);
  // Asked later, the end is the same.
  const JobChange again = RunToEnd("j1");
  EXPECT_EQ(again.id, first.heard.back().id);
  EXPECT_EQ(again.time_ns, first.heard.back().time_ns);
}

TEST_F(JobManagerTest, HowManyRunMayChange) {
  for (const char* stream : {"SLOW1", "SLOW2", "SLOW3", "SLOW4"}) {
    ASSERT_TRUE(manager.Submit(BackupOf(stream, stream)));
  }
  const auto state = [&](const char* id) { return manager.Find(id)->state; };
  EXPECT_EQ(state("SLOW3"), JobState::kQueued);
  manager.SetMaxRunning(3);
  EXPECT_EQ(state("SLOW3"), JobState::kRunning);
  EXPECT_EQ(state("SLOW4"), JobState::kQueued);
  // Fewer: those that run go on, and none begins before there is room.
  manager.SetMaxRunning(1);
  EXPECT_EQ(state("SLOW3"), JobState::kRunning);
  ASSERT_TRUE(manager.Cancel("SLOW1"));
  RunToEnd("SLOW1");
  EXPECT_EQ(state("SLOW4"), JobState::kQueued);
  engine.Release();
  RunToEnd("SLOW4");
  EXPECT_EQ(state("SLOW4"), JobState::kCompleted);
}

TEST_F(JobManagerTest, AJobThatIsCancelledInTheQueueWasNeverStarted) {
  ASSERT_TRUE(manager.Submit(BackupOf("SLOW", "j1")));
  ASSERT_TRUE(manager.Submit(BackupOf("SLOW", "j2")));
  const Result<JobStatus> before = manager.Cancel("j2");
  ASSERT_TRUE(before);
  EXPECT_EQ(before->state, JobState::kQueued);
  const Heard& last = first.heard.back();
  EXPECT_EQ(last.kind, EventKind::kCancelled);
  EXPECT_EQ(last.job.job, "j2");
  EXPECT_EQ(last.job.started_ns, 0);
  EXPECT_EQ(last.duration_seconds, 0);
  engine.Release();
  RunToEnd("j1");
}

TEST_F(JobManagerTest, AJobOfAnotherAccountDoesNotWaitForAStreamOfTheSameName) {
  ASSERT_TRUE(manager.Submit(BackupOf("SLOW", "j1")));
  JobManager::Submission other = BackupOf("SLOW", "j2");
  std::get<BackupSpec>(other.spec).account = "east";
  const Result<JobStatus> conflict = manager.Submit(BackupOf("OTHER", "j1"));
  ASSERT_FALSE(conflict);
  EXPECT_EQ(conflict.error().code, Errc::kJobConflict);
  ASSERT_TRUE(manager.Submit(other));
  ASSERT_TRUE(manager.Submit(BackupOf("SLOW", "j3")));
  EXPECT_EQ(manager.Find("j2")->state, JobState::kRunning);
  EXPECT_EQ(manager.Find("j3")->state, JobState::kQueued);
  engine.Release();
  RunToEnd("j3");
}

}  // namespace
}  // namespace jetkeep::testing

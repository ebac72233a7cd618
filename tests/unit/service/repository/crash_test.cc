// The repository after a crash, or a failure, at every single step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

class CrashTest : public RepositoryTest {
 protected:
  // Two backups, a verification, one deletion, a third backup. Returns the ids reported complete; a
  // deletion that was begun leaves its backup in doubt.
  struct Outcome {
    std::set<std::string> complete;
    std::set<std::string> doubtful;
  };
  Outcome Work() {
    Outcome outcome;
    const auto repository = Repository::OpenOrCreate(files(), workers_, SmallOptions(), 1);
    if (!repository) return outcome;
    static_cast<void>((*repository)->CleanUp());
    for (const int number : {1, 2}) {
      outcome.doubtful.insert(TestId(number));
      if (MakeBackup(**repository, "ORDERS", TestId(number), 30, 7)) {
        outcome.complete.insert(TestId(number));
        outcome.doubtful.erase(TestId(number));
      }
    }
    static_cast<void>((*repository)->RecordVerification(TestId(1), {5, true, false}));
    if (outcome.complete.erase(TestId(1)) != 0) {
      if (!(*repository)->Delete(TestId(1))) outcome.doubtful.insert(TestId(1));
    }
    outcome.doubtful.insert(TestId(3));
    if (MakeBackup(**repository, "ORDERS", TestId(3), 10)) {
      outcome.complete.insert(TestId(3));
      outcome.doubtful.erase(TestId(3));
    }
    return outcome;
  }

  void CheckAfter(const Outcome& outcome, const std::string& what) {
    const auto repository = Repository::OpenOrCreate(files(), workers_, SmallOptions(), 2);
    ASSERT_TRUE(repository) << what << ": " << repository.error().message;
    const CleanUpResult cleaned = (*repository)->CleanUp();
    ASSERT_TRUE(cleaned.problems.empty()) << what << ": " << cleaned.problems[0].message;
    std::set<std::string> listed;
    for (const std::string& id : Ids(**repository)) {
      listed.insert(id);
      const Status checked = CheckBackup(**repository, id);
      EXPECT_TRUE(checked) << what << ": " << id << ": " << checked.error().message;
      EXPECT_TRUE(outcome.complete.contains(id) || outcome.doubtful.contains(id))
          << what << ": " << id;
    }
    for (const std::string& id : outcome.complete)
      EXPECT_TRUE(listed.contains(id)) << what << ": " << id;
    // Nothing is left that no backup needs.
    const auto survey = (*repository)->Survey();
    ASSERT_TRUE(survey);
    EXPECT_THAT(survey->unknown, testing::IsEmpty()) << what;
    EXPECT_THAT(survey->orphaned, testing::IsEmpty()) << what;
    for (const std::string& path : files().Paths()) {
      EXPECT_FALSE(path.ends_with(".tmp") || path.ends_with(".pending")) << what << ": " << path;
    }
    // And the next backup works.
    const auto next = MakeBackup(**repository, "ORDERS", TestId(9), 5);
    EXPECT_TRUE(next) << what << ": " << next.error().message;
  }

  void RunAll(bool keep_unsynced) {
    for (std::uint64_t stop = 1; stop < 1000; ++stop) {
      Renew();
      files().SetFault(
          [stop](Operation, const std::string&, std::uint64_t number) -> std::optional<Error> {
            if (number < stop) return std::nullopt;
            return Error{Errc::kStorageError, "the machine is gone", ""};
          });
      const Outcome outcome = Work();
      const bool finished = files().mutations() < stop;
      files().Crash(keep_unsynced);
      CheckAfter(outcome, "stopped at step " + std::to_string(stop));
      if (HasFatalFailure() || finished) return;
    }
    FAIL() << "the work has more steps than expected";
  }
};

TEST_F(CrashTest, HoldsExactlyWhatWasReportedIfUnsyncedDataIsLost) { RunAll(false); }

TEST_F(CrashTest, HoldsExactlyWhatWasReportedIfUnsyncedDataIsKept) { RunAll(true); }

// Before it took effect, or after: then nobody told the caller.
TEST_F(CrashTest, OneFailingOperationOfAnyKindHurtsOnlyTheBackupAtHand) {
  for (const bool after : {false, true}) {
    for (const Operation kind :
         {Operation::kCreate, Operation::kAppend, Operation::kCommit, Operation::kDiscard,
          Operation::kOpen, Operation::kRead, Operation::kExists, Operation::kList,
          Operation::kRemove, Operation::kFlush, Operation::kTidy, Operation::kLock}) {
      for (int which = 1; which < 200; ++which) {
        Renew();
        int seen = 0;
        files().SetFault([&](Operation operation, const std::string& path,
                             std::uint64_t) -> std::optional<Injected> {
          if (operation != kind || ++seen != which) return std::nullopt;
          return Injected({Errc::kStorageFull, "no space left for " + path, "", 0}, after);
        });
        const Outcome outcome = Work();
        files().SetFault({});
        files().Forget();
        CheckAfter(outcome, std::string(after ? "after" : "before") + " kind " +
                                std::to_string(static_cast<int>(kind)) + " number " +
                                std::to_string(which));
        if (HasFatalFailure() || seen < which) break;
      }
    }
  }
}

}  // namespace
}  // namespace jetkeep

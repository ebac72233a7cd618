// A stream's last good backup is deleted on purpose only.
#include "service/repository/last_backup.h"

#include <gmock/gmock.h>

#include <latch>
#include <thread>

#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LastBackupTest : public RepositoryTest {
 protected:
  void Make(const std::string& stream, int number,
            BackupCondition condition = BackupCondition::kComplete) {
    const auto writer = repository_->BeginBackup(stream, "", TestId(number));
    ASSERT_TRUE(writer) << writer.error().message;
    Manifest manifest = TestManifest(stream, TestId(number), 0, 0);
    manifest.condition = condition;
    ASSERT_TRUE((*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'000));
  }
  static LineagePath Place(int number) {
    return *LineagePath::Make("$G", "ORDERS", TestId(number));
  }
  void Damage(int number) {
    const std::string path = Place(number).Manifest(TestId(number));
    std::string bytes = files().Read(path);
    bytes[200] = static_cast<char>(bytes[200] ^ 1);
    files().Write(path, bytes);
  }
  void ExpectRefused(int number, const std::string& what, Errc code = Errc::kLastBackup) {
    const auto deleted = repository_->Delete(TestId(number));
    ASSERT_FALSE(deleted) << what;
    EXPECT_EQ(deleted.error().code, code) << what << ": " << deleted.error().message;
    EXPECT_THAT(deleted.error().message, HasSubstr(TestId(number))) << what;
    EXPECT_TRUE(*files().Exists(Place(number).Manifest(TestId(number)))) << what;
  }

  std::unique_ptr<Repository> repository_ = Open();
};

TEST_F(LastBackupTest, IsDeletedOnlyWhenMeant) {
  Make("ORDERS", 1);
  Make("BILLS", 2);
  ExpectRefused(1, "the only one; that of another stream is no substitute");
  Make("ORDERS", 3);
  ASSERT_TRUE(repository_->Delete(TestId(1)));
  ExpectRefused(3, "the one that is left");
  ASSERT_TRUE(repository_->Delete(TestId(3), LastBackup::kDelete));
  EXPECT_THAT(Ids(*repository_), ElementsAre(TestId(2)));
}

TEST_F(LastBackupTest, BadOnesAreNoSubstituteForAGoodOne) {
  Make("ORDERS", 1);
  Make("ORDERS", 2, BackupCondition::kDamaged);
  ExpectRefused(1, "the other one was damaged from the start");
  Make("ORDERS", 3);
  ASSERT_TRUE(repository_->RecordVerification(TestId(3), {5, false, false}));
  ExpectRefused(1, "the third failed its verification");
  Make("ORDERS", 4);
  Damage(4);
  ExpectRefused(1, "the manifest of the fourth is damaged");
  ASSERT_TRUE(repository_->RecordVerification(TestId(3), {6, true, false, 5}));
  EXPECT_TRUE(repository_->Delete(TestId(1))) << "a later verification found the third good";
}

TEST_F(LastBackupTest, ABadOneGoesIfAsGoodAOneStays) {
  Make("ORDERS", 1, BackupCondition::kDamaged);
  ExpectRefused(1, "nothing else is left of the stream");
  Make("ORDERS", 2, BackupCondition::kDamaged);
  ASSERT_TRUE(repository_->Delete(TestId(1)));
  Make("ORDERS", 3);
  ASSERT_TRUE(repository_->Delete(TestId(2)));
  Damage(3);
  EXPECT_TRUE(repository_->Delete(TestId(3))) << "nothing can be restored from it";
}

TEST_F(LastBackupTest, WhatCannotBeReadIsNoSubstituteAndIsNamed) {
  Make("ORDERS", 1);
  Make("ORDERS", 2);
  const auto unreadable = [&](int number) {
    const std::string path = Place(number).Manifest(TestId(number));
    files().SetFault(
        [path](Operation operation, const std::string& at, std::uint64_t) -> std::optional<Error> {
          if (at != path || operation != Operation::kOpen) return std::nullopt;
          return Error{Errc::kStorageError, at + ": input/output error", ""};
        });
  };
  unreadable(2);
  ExpectRefused(1, "the other one cannot be read");
  EXPECT_THAT(repository_->Delete(TestId(1)).error().message, HasSubstr("input/output error"));
  unreadable(1);
  ExpectRefused(1, "it cannot be read itself", Errc::kStorageError);
  files().SetFault({});
  EXPECT_TRUE(repository_->Delete(TestId(1)));
}

TEST_F(LastBackupTest, TheSubstituteStaysUntilTheDeletionHasEnded) {
  Make("ORDERS", 1);
  Make("ORDERS", 2);
  const auto other = Open();
  {
    const auto own = files().TryLock(Place(1).Manifest(TestId(1)), LockKind::kExclusive);
    ASSERT_TRUE(own && own->lock);
    const auto substitute = LockAnother(files(), Place(1), TestId(1));
    ASSERT_TRUE(substitute && *substitute);
    const auto deleted = other->Delete(TestId(2));
    ASSERT_FALSE(deleted);
    EXPECT_EQ(deleted.error().code, Errc::kBackupInUse);
  }
  {
    // The other way round: the only substitute is being deleted.
    const auto theirs = files().TryLock(Place(2).Manifest(TestId(2)), LockKind::kExclusive);
    ASSERT_TRUE(theirs && theirs->lock);
    ExpectRefused(1, "its substitute is about to go", Errc::kBackupInUse);
  }
  EXPECT_TRUE(repository_->Delete(TestId(1)));
}

TEST_F(LastBackupTest, TwoInstancesThatDeleteTheLastTwoLeaveOne) {
  for (int round = 0; round < 200; ++round) {
    Renew();
    repository_ = Open();
    Make("ORDERS", 1);
    Make("ORDERS", 2);
    const auto other = Open();
    std::latch both(2);
    std::thread beside([&] {
      both.arrive_and_wait();
      static_cast<void>(other->Delete(TestId(2)));
    });
    both.arrive_and_wait();
    static_cast<void>(repository_->Delete(TestId(1)));
    beside.join();
    ASSERT_THAT(Ids(*repository_), testing::Not(IsEmpty())) << round;
  }
}

}  // namespace
}  // namespace jetkeep

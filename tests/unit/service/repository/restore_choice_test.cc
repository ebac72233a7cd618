// Which backup a restore by name takes. The judge: the state that the test made.
#include "service/repository/restore_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/repository/backup_id.h"
#include "service/repository/catalog.h"
#include "service/repository/verifications.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Error ErrorOf(Errc code, const std::string& message) { return {code, message, ""}; }

class RestoreChoiceTest : public RepositoryTest {
 protected:
  void SetUp() override {
    repository_ = Open();
    ASSERT_TRUE(MakeBackup(*repository_, "ORDERS", TestId(1), 12));
    ASSERT_TRUE(MakeBackup(*repository_, "ORDERS", TestId(2), 12));
    ASSERT_TRUE(MakeBackup(*repository_, "OTHER", TestId(9), 12));
  }
  // The id that is taken, or the error's number and message.
  std::string Taken(bool allow_older = false) {
    const auto choice = repository_->ChooseForRestore("ORDERS", allow_older);
    if (choice) {
      warnings_ = choice->warnings;
      return choice->backup.id;
    }
    error_ = choice.error();
    return std::to_string(TraitsOf(error_.code).err_code);
  }
  static std::string Manifest(int number) {
    return LineagePath::Make("$G", "ORDERS", TestId(number))->Manifest(TestId(number));
  }
  // Every operation of that kind on paths that hold the text fails.
  void Break(Operation operation, const std::string& text) {
    files().SetFault([=](Operation at, const std::string& path, std::uint64_t) {
      return at == operation && path.find(text) != std::string::npos
                 ? std::optional(ErrorOf(Errc::kStorageError, "cannot open " + path + ": EIO"))
                 : std::nullopt;
    });
  }
  // Every bit of the file, flipped by itself: the older backup is taken only where that is allowed.
  void FlipEveryBit(const std::string& path, bool may_hold) {
    const std::string whole = files().Read(path);
    ASSERT_FALSE(whole.empty()) << path;
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      std::string damaged = whole;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      files().Write(path, damaged);
      ASSERT_EQ(Taken(), "70553") << path << " bit " << bit;
      ASSERT_THAT(error_.message, HasSubstr(TestId(2)));
      if (bit % 16 != 0) continue;
      ASSERT_EQ(Taken(true), TestId(1)) << path << " bit " << bit;
      ASSERT_THAT(warnings_, Contains(HasSubstr(TestId(2))));
    }
    files().Write(path, whole);
    EXPECT_EQ(Taken(), may_hold ? TestId(2) : "70553");
  }

  std::unique_ptr<Repository> repository_;
  std::vector<std::string> warnings_;
  Error error_;
};

TEST_F(RestoreChoiceTest, TakesTheNewestAndHasNothingToSay) {
  EXPECT_EQ(Taken(), TestId(2));
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_EQ(Taken(true), TestId(2));
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(RestoreChoiceTest, ForItsConfigurationOneWithoutMessagesIsAsGood) {
  const auto writer = repository_->BeginBackup("ORDERS", "", TestId(3));
  ASSERT_TRUE(writer);
  auto manifest = TestManifest("ORDERS", TestId(3), 0, 0);
  manifest.condition = BackupCondition::kConfigOnly;
  manifest.consumers.clear();
  const auto written = (*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'001);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(Taken(), TestId(2));
  const auto newest = repository_->ChooseForRestore("ORDERS", false, {}, ChosenFor::kConfiguration);
  ASSERT_TRUE(newest) << newest.error().message;
  EXPECT_EQ(newest->backup.id, TestId(3));
}

TEST_F(RestoreChoiceTest, NoFlippedBitOfTheNewestManifestLeadsToAnOlderOne) {
  FlipEveryBit(Manifest(2), true);
}

TEST_F(RestoreChoiceTest, NoFlippedBitOfAVerificationResultHidesWhatItSays) {
  for (const bool ok : {true, false}) {
    ASSERT_TRUE(repository_->RecordVerification(TestId(2), {1'800, ok, false, 0}));
    for (const std::string& path : files().Paths()) {
      if (!path.ends_with(".verified")) continue;
      FlipEveryBit(path, ok);
      files().Erase(path);
    }
  }
}

TEST_F(RestoreChoiceTest, AManifestThatIsCutShortOrEmptyIsStillACandidate) {
  const std::string whole = files().Read(Manifest(2));
  for (const std::size_t size : {std::size_t{0}, std::size_t{20}, whole.size() - 1}) {
    files().Write(Manifest(2), whole.substr(0, size));
    EXPECT_EQ(Taken(), "70553") << size;
  }
}

TEST_F(RestoreChoiceTest, ABackupThatFailedIsNamedAndPassedOverOnlyIfAllowed) {
  ASSERT_TRUE(repository_->RecordVerification(TestId(2), {1'800, false, true, 0}));
  EXPECT_EQ(Taken(), "70553");
  EXPECT_THAT(error_.message, AllOf(HasSubstr(TestId(2)), HasSubstr("drill failed")));
  EXPECT_EQ(Taken(true), TestId(1));
  EXPECT_THAT(warnings_, ElementsAre(AllOf(HasSubstr(TestId(2)), HasSubstr(TestId(1)),
                                           HasSubstr("ends at sequence 12"))));
}

TEST_F(RestoreChoiceTest, ADamagedBackupIsNoReasonToTakeAnOlderOneInSilence) {
  const auto writer = repository_->BeginBackup("ORDERS", "", TestId(3));
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->AddRecord({1, 1, "s", "", "x"}));
  auto manifest = TestManifest("ORDERS", TestId(3), 1, 0);
  manifest.condition = BackupCondition::kDamaged;
  ASSERT_TRUE((*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'001));
  EXPECT_EQ(Taken(), "70553");
  EXPECT_THAT(error_.message, AllOf(HasSubstr(TestId(3)), HasSubstr("damaged")));
  EXPECT_EQ(Taken(true), TestId(2));
}

TEST_F(RestoreChoiceTest, WhatCannotBeReadAtThisMomentIsNotAbsent) {
  Break(Operation::kOpen, TestId(2) + ".manifest");
  EXPECT_EQ(Taken(), "70553");
  EXPECT_THAT(error_.message, HasSubstr("EIO"));
  EXPECT_EQ(Taken(true), TestId(1));
  // The directory of its lineage, whose backups may be newer.
  Break(Operation::kList, "/" + TestId(2) + "/backups");
  EXPECT_EQ(Taken(), "70553");
  EXPECT_EQ(Taken(true), TestId(1));
  files().SetFault({});
  EXPECT_EQ(Taken(), TestId(2));
}

TEST_F(RestoreChoiceTest, AnErrorWhereNothingElseIsThereIsNotThatThereIsNone) {
  Break(Operation::kOpen, ".manifest");
  EXPECT_EQ(Taken(), "70553");
  EXPECT_EQ(Taken(true), "70553");
  EXPECT_THAT(error_.message, AllOf(HasSubstr(TestId(1)), HasSubstr(TestId(2))));
}

TEST_F(RestoreChoiceTest, WhatIsKnownToBeOlderIsNotInTheWay) {
  files().Write(Manifest(1), "JETKEEP-MANIFEST 1 nonsense");
  EXPECT_EQ(Taken(), TestId(2));
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(RestoreChoiceTest, WhereClocksDisagreeAnIdDoesNotProveThatABackupIsOlder) {
  // The second of two backups of a lineage was made by a clock that is a day behind.
  constexpr std::int64_t kDay = 86'400'000'000'000;
  const std::string id = "20261120T012410Z-00000004";
  for (const auto& [name, last, behind] : {std::tuple(TestId(3), 10, 0), std::tuple(id, 20, 1)}) {
    const auto writer = repository_->BeginBackup("ORDERS", TestId(3), name);
    ASSERT_TRUE(writer);
    const auto end = static_cast<std::uint64_t>(last);
    for (std::uint64_t s = 1; s <= end; ++s) ASSERT_TRUE((*writer)->AddRecord({s, 1, "s", "", ""}));
    auto manifest = TestManifest("ORDERS", TestId(3), end, 0);
    manifest.started_ns = TimeOfBackupId(TestId(3)) - behind * kDay;
    ASSERT_TRUE((*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'001));
  }
  EXPECT_EQ(Taken(), id);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("clocks")));
  files().Write(Manifest(1), "JETKEEP-MANIFEST 1 nonsense");
  EXPECT_EQ(Taken(), "70553") << "backup 1 may be newer than backup 4, whatever its name";
}

TEST_F(RestoreChoiceTest, OneThatShowedToBeDamagedWhileItWasReadIsPassedOver) {
  const std::vector<UnreadableBackup> unusable{
      {TestId(2), ErrorOf(Errc::kRepositoryCorrupt, "block 3 is damaged")}};
  const auto choice = repository_->ChooseForRestore("ORDERS", true, unusable);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->backup.id, TestId(1));
  EXPECT_THAT(choice->warnings, ElementsAre(HasSubstr("block 3 is damaged")));
}

TEST_F(RestoreChoiceTest, NoneIsNone) {
  const auto choice = repository_->ChooseForRestore("NOSUCH", false);
  ASSERT_FALSE(choice);
  EXPECT_EQ(choice.error().code, Errc::kBackupNotFound);
}

// Results.

TEST_F(RestoreChoiceTest, ALaterBadResultWinsWhateverTheClock) {
  ASSERT_TRUE(repository_->RecordVerification(TestId(2), {9'000, true, false, 0}));
  const auto seen = repository_->Verify(TestId(2), CancelToken());
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->seen_ns, 9'000);
  // Its clock is far behind.
  ASSERT_TRUE(repository_->RecordVerification(TestId(2), {10, false, false, seen->seen_ns}));
  EXPECT_EQ(Taken(), "70553");
  EXPECT_FALSE(repository_->Summary(TestId(2))->verified->ok);
  const auto again = repository_->Verify(TestId(2), CancelToken());
  ASSERT_TRUE(repository_->RecordVerification(TestId(2), {11, true, false, again->seen_ns}));
  EXPECT_EQ(Taken(), TestId(2));
  int results = 0;
  for (const std::string& path : files().Paths()) results += path.ends_with(".verified") ? 1 : 0;
  EXPECT_EQ(results, 1) << "those that were overruled are gone";
}

TEST_F(RestoreChoiceTest, OfTwoVerifiesAtOnceTheBadOneIsNotLost) {
  const auto one = repository_->Verify(TestId(2), CancelToken());
  const auto two = repository_->Verify(TestId(2), CancelToken());
  ASSERT_TRUE(repository_->RecordVerification(TestId(2), {100, false, false, one->seen_ns}));
  ASSERT_TRUE(repository_->RecordVerification(TestId(2), {100, true, false, two->seen_ns}));
  EXPECT_EQ(Taken(), "70553");
  ASSERT_TRUE(repository_->CleanUp().problems.empty());
  EXPECT_EQ(Taken(), "70553") << "nor by a clean-up";
  const auto three = repository_->Verify(TestId(2), CancelToken());
  ASSERT_TRUE(repository_->RecordVerification(TestId(2), {100, true, false, three->seen_ns}));
  EXPECT_EQ(Taken(), TestId(2));
}

TEST_F(RestoreChoiceTest, AResultThatGoesWhileItIsReadIsLookedForAgain) {
  ASSERT_TRUE(repository_->RecordVerification(TestId(2), {100, true, false, 0}));
  const auto place = LineagePath::Make("$G", "ORDERS", TestId(2));
  const auto before = ListBackups(files(), *place);
  ASSERT_TRUE(before);
  ASSERT_TRUE(repository_->RecordVerification(TestId(2), {200, false, false, 100}));
  const Verifications read = ReadVerifications(files(), *place, TestId(2), *before);
  EXPECT_THAT(read.unreadable, IsEmpty());
  ASSERT_TRUE(read.counts);
  EXPECT_FALSE(read.counts->ok);
}

}  // namespace
}  // namespace jetkeep

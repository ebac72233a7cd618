// Sets and pins at rest: what is kept, found, refused and deleted.
#include "service/repository/sets.h"

#include <gmock/gmock.h>

#include "protocol/repository/set_record.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class SetsAtRestTest : public RepositoryTest {
 protected:
  void SetUp() override {
    RepositoryTest::SetUp();
    repository_ = Open();
    for (const auto& [stream, number] : {std::pair{"A", 1}, {"B", 2}, {"A", 3}, {"B", 4}}) {
      ASSERT_TRUE(MakeBackup(*repository_, stream, TestId(number), 5));
    }
  }

  static std::string SetId(int number) { return "set-" + TestId(number); }

  void Keep(int number, const std::vector<std::pair<std::string, int>>& members) {
    SetDetails set;
    set.summary.id = SetId(number);
    set.summary.account = "$G";
    for (const auto& [stream, backup] : members) {
      SetMember& member = set.members.emplace_back();
      member.stream = stream;
      member.backup = TestId(backup);
    }
    const Status kept = repository_->sets().Add(set);
    ASSERT_TRUE(kept) << kept.error().message;
  }

  Errc CodeOf(const Status& status) { return status ? Errc::kInternal : status.error().code; }
  template <typename T>
  Errc CodeOf(const Result<T>& result) {
    return result ? Errc::kInternal : result.error().code;
  }

  std::unique_ptr<Repository> repository_;
};

TEST_F(SetsAtRestTest, AreListedNewestFirstAndFoundByTheBackupsThatTheyName) {
  Keep(7, {{"A", 1}, {"B", 2}});
  Keep(8, {{"A", 3}, {"B", 2}});
  EXPECT_THAT(*repository_->sets().Ids(), ElementsAre(SetId(8), SetId(7)));
  EXPECT_THAT(*repository_->sets().Naming(TestId(2)), ElementsAre(SetId(8), SetId(7)));
  EXPECT_THAT(*repository_->sets().Naming(TestId(3)), ElementsAre(SetId(8)));
  EXPECT_THAT(*repository_->sets().Naming(TestId(4)), IsEmpty());
  EXPECT_GT(*repository_->sets().NewId(1, 2), SetId(8));
  EXPECT_EQ(repository_->ListSets()->sets.size(), 2U);
  EXPECT_EQ(CodeOf(repository_->LoadSet(SetId(9))), Errc::kSetNotFound);
  EXPECT_EQ(CodeOf(repository_->LoadSet("../x")), Errc::kInvalidName);
  // Those who know nothing of sets see nothing but backups.
  EXPECT_THAT(Ids(*repository_), UnorderedElementsAre(TestId(4), TestId(3), TestId(2), TestId(1)));
  EXPECT_TRUE(repository_->Survey()->unknown.empty());
  EXPECT_TRUE(repository_->CleanUp().problems.empty());
  EXPECT_EQ(repository_->ListSets()->sets.size(), 2U);
  files().Write("jk.sets/x", "stray");
  files().Write("jk.pins/set-y", "stray");
  EXPECT_THAT(repository_->Survey()->unknown,
              ElementsAre(HasSubstr("jk.sets/x"), HasSubstr("jk.pins/set-y")));
}

TEST_F(SetsAtRestTest, ABackupThatASetNamesIsDeletedOnPurposeOnly) {
  Keep(7, {{"A", 1}, {"B", 2}});
  const auto refused = repository_->Delete(TestId(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kInSet);
  EXPECT_THAT(refused.error().message, HasSubstr(SetId(7)));
  // Also where the set's document is damaged.
  std::string bytes = files().Read(SetKey(SetId(7)));
  bytes[5] = '?';
  files().Write(SetKey(SetId(7)), bytes);
  EXPECT_EQ(CodeOf(repository_->Delete(TestId(1))), Errc::kInSet);
  EXPECT_EQ(repository_->ListSets()->warnings.size(), 1U);
  EXPECT_TRUE(repository_->Delete(TestId(1), LastBackup::kKeep, InSets::kDelete));
  // The damaged set goes alone.
  const auto deleted = repository_->DeleteSet(SetId(7), LastBackup::kKeep);
  ASSERT_TRUE(deleted) << deleted.error().message;
  EXPECT_EQ(deleted->backups, 0U);
  EXPECT_EQ(deleted->kept.size(), 1U);
  EXPECT_THAT(Ids(*repository_), UnorderedElementsAre(TestId(4), TestId(3), TestId(2)));
}

TEST_F(SetsAtRestTest, ASetGoesWithItsBackupsButForThoseThatOthersNeed) {
  Keep(7, {{"A", 1}, {"B", 2}});
  Keep(8, {{"A", 3}, {"B", 2}});
  const auto deleted = repository_->DeleteSet(SetId(7), LastBackup::kKeep);
  ASSERT_TRUE(deleted) << deleted.error().message;
  EXPECT_EQ(deleted->backups, 1U);
  EXPECT_THAT(deleted->kept, ElementsAre(HasSubstr(TestId(2))));
  EXPECT_THAT(Ids(*repository_), UnorderedElementsAre(TestId(4), TestId(3), TestId(2)));
  // The last good backup of A.
  EXPECT_EQ(CodeOf(repository_->DeleteSet(SetId(8), LastBackup::kKeep)), Errc::kLastBackup);
  EXPECT_EQ(repository_->ListSets()->sets.size(), 1U);
  EXPECT_THAT(Ids(*repository_), UnorderedElementsAre(TestId(4), TestId(3), TestId(2)));
  ASSERT_TRUE(repository_->DeleteSet(SetId(8), LastBackup::kDelete));
  EXPECT_THAT(Ids(*repository_), UnorderedElementsAre(TestId(4)));
}

TEST_F(SetsAtRestTest, WhatIsPinnedStaysWhateverIsAsked) {
  Keep(7, {{"A", 1}, {"B", 2}});
  ASSERT_TRUE(repository_->Pin(SetId(7), 1));
  ASSERT_TRUE(repository_->Pin(SetId(7), 2));
  EXPECT_TRUE(repository_->LoadSet(SetId(7))->summary.pinned);
  EXPECT_EQ(CodeOf(repository_->DeleteSet(SetId(7), LastBackup::kDelete)), Errc::kPinned);
  EXPECT_EQ(CodeOf(repository_->Delete(TestId(1), LastBackup::kDelete, InSets::kDelete)),
            Errc::kPinned);
  ASSERT_TRUE(repository_->Unpin(SetId(7)));
  ASSERT_TRUE(repository_->Unpin(SetId(7)));
  ASSERT_TRUE(repository_->Pin(TestId(1), 1));
  EXPECT_TRUE(repository_->Summary(TestId(1))->pinned);
  EXPECT_EQ(CodeOf(repository_->Delete(TestId(1), LastBackup::kDelete, InSets::kDelete)),
            Errc::kPinned);
  const auto deleted = repository_->DeleteSet(SetId(7), LastBackup::kKeep);
  ASSERT_TRUE(deleted);
  EXPECT_THAT(deleted->kept, ElementsAre(HasSubstr("pinned")));
  EXPECT_EQ(CodeOf(repository_->Pin(SetId(7), 1)), Errc::kSetNotFound);
  EXPECT_EQ(CodeOf(repository_->Unpin(SetId(7))), Errc::kSetNotFound);
  EXPECT_EQ(CodeOf(repository_->Pin(TestId(99), 1)), Errc::kBackupNotFound);
  EXPECT_THAT(Ids(*repository_), UnorderedElementsAre(TestId(4), TestId(3), TestId(1)));
}

TEST_F(SetsAtRestTest, AnotherAccountsAreNoneThatCanBeSeenPinnedOrDeleted) {
  Keep(7, {{"A", 1}, {"B", 2}});
  ASSERT_TRUE(repository_->Pin(TestId(3), 1));
  RepositoryOptions options = SmallOptions();
  options.account = "OTHER";
  const auto other = *Repository::OpenExisting(files(), workers_, options);
  EXPECT_TRUE(other->ListSets()->sets.empty());
  EXPECT_EQ(CodeOf(other->LoadSet(SetId(7))), Errc::kSetNotFound);
  EXPECT_EQ(CodeOf(other->DeleteSet(SetId(7), LastBackup::kDelete)), Errc::kSetNotFound);
  EXPECT_EQ(CodeOf(other->Pin(SetId(7), 1)), Errc::kSetNotFound);
  EXPECT_EQ(CodeOf(other->Unpin(TestId(3))), Errc::kBackupNotFound);
  EXPECT_TRUE(repository_->Summary(TestId(3))->pinned);
  EXPECT_FALSE(repository_->LoadSet(SetId(7))->summary.pinned);
  ASSERT_TRUE(repository_->Pin(SetId(7), 1));
  EXPECT_EQ(CodeOf(other->Unpin(SetId(7))), Errc::kSetNotFound);
  EXPECT_EQ(CodeOf(other->DeleteSet(SetId(7), LastBackup::kDelete)), Errc::kSetNotFound);
  EXPECT_TRUE(repository_->LoadSet(SetId(7))->summary.pinned);
  // A pin whose backup is gone can still be taken away.
  files().Write(PinKey(TestId(50)), files().Read(PinKey(TestId(3))));
  EXPECT_TRUE(repository_->Unpin(TestId(50)));
  EXPECT_EQ(CodeOf(repository_->Unpin(TestId(50))), Errc::kBackupNotFound);
}

}  // namespace
}  // namespace jetkeep

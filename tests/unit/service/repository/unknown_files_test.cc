// Copies and unknown files are named, never in the way, and never removed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class UnknownFilesTest : public RepositoryTest {
 protected:
  void SetUp() override {
    repository_ = Open();
    made_ = MakeBackup(*repository_, "ORDERS", TestId(1), 60, 7);
    ASSERT_TRUE(made_);
    ASSERT_TRUE(MakeBackup(*repository_, "BILLS", TestId(2), 20));
    ASSERT_TRUE(repository_->RecordVerification(TestId(1), {5, true, false}));
  }
  LineagePath Orders() { return *LineagePath::Make("$G", "ORDERS", TestId(1)); }
  LineagePath Bills() { return *LineagePath::Make("$G", "BILLS", TestId(2)); }
  void Copy(const std::string& from, const std::string& to) {
    files().Write(to, files().Read(from));
  }
  // Everything of one lineage, once more below another.
  void CopyTree(const std::string& from, const std::string& to) {
    for (const std::string& path : files().Paths()) {
      if (path.starts_with(from + "/")) Copy(path, to + path.substr(from.size()));
    }
  }

  void ExpectAllGood() {
    for (const int number : {1, 2}) {
      EXPECT_TRUE(CheckBackup(*repository_, TestId(number))) << number;
      EXPECT_TRUE(repository_->Summary(TestId(number))) << number;
      EXPECT_TRUE(repository_->RecordVerification(TestId(number), {++time_, true, false}));
    }
    EXPECT_EQ(repository_->Load(TestId(1))->stream, "ORDERS");
    EXPECT_EQ(repository_->Summary(TestId(2))->stream, "BILLS");
    EXPECT_THAT(*repository_->Ids(""), ElementsAre(TestId(1), TestId(2)));
  }
  // Nothing of `foreign` goes, whatever jetkeep does; the backups do.
  void ExpectOnlyOursGo(const std::vector<std::string>& foreign) {
    EXPECT_THAT(repository_->CleanUp().problems, IsEmpty());
    for (const std::string& path : foreign) EXPECT_THAT(files().Paths(), Contains(path));
    ExpectAllGood();
    for (const int number : {1, 2}) {
      ASSERT_TRUE(repository_->Delete(TestId(number), LastBackup::kDelete));
      EXPECT_EQ(repository_->Delete(TestId(number)).error().code, Errc::kBackupNotFound);
    }
    for (const std::string& path : foreign) EXPECT_THAT(files().Paths(), Contains(path));
    for (const std::string& path : files().Paths()) {
      EXPECT_TRUE(path == "repository.json" || testing::Value(foreign, Contains(path))) << path;
    }
  }

  std::int64_t time_ = 10;  // of the last verification
  std::unique_ptr<Repository> repository_;
  Result<Manifest> made_;
};

TEST_F(UnknownFilesTest, ACopyOfAManifestElsewhereDoesNotTakeItsIdOver) {
  const LineagePath another = *LineagePath::Make("ANOTHER", "ORDERS", TestId(1));
  const LineagePath later = *LineagePath::Make("$G", "ORDERS", TestId(9));
  const std::vector<std::string> copies = {Bills().Manifest(TestId(1)), another.Manifest(TestId(1)),
                                           later.Manifest(TestId(1)), Orders().Manifest(TestId(8))};
  for (const std::string& copy : copies) Copy(Orders().Manifest(TestId(1)), copy);
  RepositoryOptions all = SmallOptions();
  all.account.clear();
  const auto reader = Repository::OpenExisting(files(), workers_, all);
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->Load(TestId(1))->stream, "ORDERS");
  const auto survey = (*reader)->Survey();
  ASSERT_TRUE(survey);
  EXPECT_EQ(survey->unknown.size(), copies.size());
  for (const std::string& copy : copies) {
    EXPECT_THAT(survey->unknown, Contains(HasSubstr(copy)));
  }
  EXPECT_THAT(survey->orphaned, IsEmpty());
  // An id that only a copy bears.
  EXPECT_EQ(repository_->Load(TestId(8)).error().code, Errc::kBackupNotFound);
  EXPECT_EQ(repository_->Delete(TestId(8)).error().code, Errc::kBackupNotFound);
  for (const int number : {1, 2}) {
    EXPECT_TRUE(CheckBackup(*repository_, TestId(number))) << number;
    EXPECT_TRUE(repository_->Delete(TestId(number), LastBackup::kDelete)) << number;
  }
  EXPECT_EQ(repository_->Delete(TestId(1)).error().code, Errc::kBackupNotFound);
  for (const std::string& copy : copies) EXPECT_THAT(files().Paths(), Contains(copy));
}

TEST_F(UnknownFilesTest, ACopyOfAWholeLineageIsLeftAlone) {
  const LineagePath copy = *LineagePath::Make("$G", "COPY", TestId(1));
  CopyTree(Orders().directory(), copy.directory());
  std::vector<std::string> foreign;
  for (const std::string& path : files().Paths()) {
    if (path.starts_with(copy.directory())) foreign.push_back(path);
  }
  ASSERT_GE(foreign.size(), 2u);
  const auto survey = repository_->Survey();
  ASSERT_TRUE(survey);
  EXPECT_EQ(survey->unknown.size(), foreign.size());
  EXPECT_THAT(survey->orphaned, IsEmpty());
  EXPECT_THAT(repository_->CleanUp().problems, IsEmpty());
  for (const std::string& path : foreign) EXPECT_THAT(files().Paths(), Contains(path));
  EXPECT_TRUE(CheckBackup(*repository_, TestId(1)));
}

TEST_F(UnknownFilesTest, UnknownFilesAnywhereAreNamedAndNeverInTheWay) {
  std::vector<std::string> foreign = {
      "notes.txt",
      ".DS_Store",
      ".nfs0000000000c0ffee00000001",
      "%24@g/.DS_Store",
      Orders().stream_directory() + "/lost+found/x",
      Orders().directory() + "/README",
      Orders().backups() + "/" + TestId(1) + ".manifest~",
      Orders().backups() + "/" + TestId(1) + ".manifest.bak",
      Orders().backups() + "/.nfs0000000000c0ffee00000002",
      Orders().backups() + "/" + TestId(1) + ".0000000000000000005.verified.orig",
      Orders().segments() + "/" + made_->segments[0].name + "x",
      Orders().segments() + "/.DS_Store",
      "repository.json~",
      "RESTORE.txt"};
  for (const std::string& path : foreign) {
    files().Write(path, "something");
  }
  ExpectAllGood();
  const auto survey = repository_->Survey();
  ASSERT_TRUE(survey);
  EXPECT_EQ(survey->unknown.size(), foreign.size());
  EXPECT_THAT(survey->orphaned, IsEmpty());
  EXPECT_THAT(survey->unreadable, IsEmpty());
  for (const std::string& path : foreign) {
    const std::string shown = path.ends_with("/x") ? path.substr(0, path.size() - 2) : path;
    EXPECT_THAT(survey->unknown, Contains(HasSubstr(shown)));
  }
  ExpectOnlyOursGo(foreign);
}

TEST_F(UnknownFilesTest, WhatALaterVersionKeepsThereIsPassedOver) {
  const std::vector<std::string> later = {
      "jk.policies/daily",
      "%24@g/jk.journal/x",
      Orders().stream_directory() + "/jk.points",
      Orders().directory() + "/jk.index",
      Orders().backups() + "/" + TestId(1) + ".jk.retired",
      Orders().segments() + "/" + made_->segments[0].name + ".jk.subjects"};
  for (const std::string& path : later) {
    files().Write(path, "something");
  }
  const auto survey = repository_->Survey();
  ASSERT_TRUE(survey);
  EXPECT_THAT(survey->unknown, IsEmpty());
  ExpectOnlyOursGo(later);
}

TEST_F(UnknownFilesTest, WhatMustBeUnderstoodRefusesWhereItStands) {
  files().Write(Orders().stream_directory() + "/jk.must_decrypt", "");
  EXPECT_TRUE(repository_->Load(TestId(2)));
  EXPECT_EQ(repository_->Load(TestId(1), "ORDERS").error().code, Errc::kRepositoryUnsupported);
  EXPECT_EQ(repository_->Ids("ORDERS").error().code, Errc::kRepositoryUnsupported);
  files().Write("jk.must_split", "");
  RepositoryOptions all = SmallOptions();
  all.account.clear();
  for (const RepositoryOptions& options : {all, SmallOptions()}) {
    const auto refused = Repository::OpenExisting(files(), workers_, options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kRepositoryUnsupported);
  }
}

TEST_F(UnknownFilesTest, ASegmentWithoutManifestIsOrphanedAndGoes) {
  files().Erase(Orders().Manifest(TestId(1)));
  const auto survey = repository_->Survey();
  ASSERT_TRUE(survey);
  EXPECT_THAT(survey->unknown, IsEmpty());
  EXPECT_EQ(survey->orphaned.size(), made_->segments.size());
  EXPECT_THAT(survey->orphaned, Each(HasSubstr(Orders().segments())));
  EXPECT_THAT(repository_->CleanUp().problems, IsEmpty());
  EXPECT_THAT(repository_->Survey()->orphaned, IsEmpty());
  EXPECT_TRUE(CheckBackup(*repository_, TestId(2)));
}

TEST_F(UnknownFilesTest, ABackupWhoseManifestWasRenamedComesBackWithItsName) {
  const std::string manifest = Orders().Manifest(TestId(1));
  const std::string bytes = files().Read(manifest);
  files().Write(manifest + ".bak", bytes);
  files().Erase(manifest);
  EXPECT_THAT(repository_->Survey()->orphaned, IsEmpty());
  EXPECT_THAT(repository_->CleanUp().problems, IsEmpty());
  EXPECT_EQ(repository_->Load(TestId(1)).error().code, Errc::kBackupNotFound);
  files().Write(manifest, bytes);
  files().Erase(manifest + ".bak");
  EXPECT_TRUE(CheckBackup(*repository_, TestId(1)));
  EXPECT_TRUE(repository_->Summary(TestId(1))->verified) << "what was found out about it stays";
}

// A copy of a lineage in which a backup was under way has its pending object, which nobody locks.
TEST_F(UnknownFilesTest, ACopyMadeDuringABackupIsLeftAlone) {
  const LineagePath copy = *LineagePath::Make("$G", "COPY", TestId(1));
  const auto writer = repository_->BeginBackup("ORDERS", TestId(1), TestId(3));
  ASSERT_TRUE(writer);
  for (std::uint64_t s = 1; s <= 60; ++s) {
    ASSERT_TRUE((*writer)->AddRecord({s, 1, "orders.new", "", PayloadOf(s)}));
  }
  ASSERT_TRUE((*writer)->Seal());
  CopyTree(Orders().directory(), copy.directory());
  ASSERT_TRUE((*writer)->Finish(TestManifest("ORDERS", TestId(1), 60, 0), 1));
  const std::vector<std::string> before = files().Paths();
  ASSERT_THAT(before, Contains(copy.Pending(TestId(3))));
  EXPECT_THAT(repository_->CleanUp().problems, IsEmpty());
  EXPECT_EQ(files().Paths(), before);
  const auto survey = repository_->Survey();
  ASSERT_TRUE(survey);
  EXPECT_THAT(survey->unknown, Contains(HasSubstr(copy.Pending(TestId(3)))));
}

// Not a copy that lies about: the backup of that name has lost its manifest.
TEST_F(UnknownFilesTest, AManifestWrittenOverAnotherOneIsDamage) {
  const auto writer = repository_->BeginBackup("ORDERS", TestId(1), TestId(3));
  ASSERT_TRUE(writer && (*writer)->AddRecord({1, 1, "orders.new", "", PayloadOf(1)}));
  ASSERT_TRUE((*writer)->Finish(TestManifest("ORDERS", TestId(1), 1, 0), 1));
  const std::vector<std::string> before = files().Paths();
  for (const std::string& other : {Orders().Manifest(TestId(1)), Bills().Manifest(TestId(2))}) {
    Copy(other, Orders().Manifest(TestId(3)));
    const auto chosen = repository_->ChooseForRestore("ORDERS", false);
    ASSERT_FALSE(chosen) << "took " << chosen->backup.id;
    EXPECT_EQ(chosen.error().code, Errc::kNewerBackupUnusable);
    EXPECT_THAT(chosen.error().message, HasSubstr(TestId(3)));
    EXPECT_EQ(repository_->ChooseForRestore("ORDERS", true)->backup.id, TestId(1));
    EXPECT_FALSE(repository_->Verify(TestId(3), CancelToken())->ok());
    EXPECT_THAT(repository_->CleanUp().problems, IsEmpty());
    EXPECT_EQ(files().Paths(), before);
  }
  EXPECT_TRUE(CheckBackup(*repository_, TestId(2)));
}

// Whatever stands where a lineage should be: nobody knows what it held.
TEST_F(UnknownFilesTest, ALineageThatIsNoDirectoryIsUnreadableAndNotAbsent) {
  files().MakeLink(Orders().stream_directory() + "/" + TestId(7));
  EXPECT_TRUE(CheckBackup(*repository_, TestId(1)));
  const auto chosen = repository_->ChooseForRestore("ORDERS", false);
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().code, Errc::kNewerBackupUnusable);
  EXPECT_THAT(chosen.error().message, HasSubstr(TestId(7)));
  EXPECT_EQ(repository_->ChooseForRestore("ORDERS", true)->backup.id, TestId(1));
  const auto listing = repository_->List("");
  ASSERT_TRUE(listing);
  EXPECT_TRUE(listing->incomplete);
  EXPECT_EQ(listing->backups.size(), 2u);
  EXPECT_EQ(repository_->Survey()->unreadable.size(), 1u);
  ASSERT_TRUE(MakeBackup(*repository_, "ORDERS", TestId(8), 20));
}

TEST_F(UnknownFilesTest, WhatBearsTheNameOfALeaseIsInNobodysWay) {
  const std::string lease = Orders().directory() + "/lease.backup-" + TestId(1) + ".";
  const std::vector<std::string> foreign = {lease + "18446744073709551615", lease + "1/x"};
  for (const std::string& path : foreign) files().Write(path, "something");
  ExpectAllGood();
  EXPECT_EQ(repository_->Survey()->unknown.size(), foreign.size());
  ExpectOnlyOursGo(foreign);
}

TEST_F(UnknownFilesTest, SymbolicLinksAreNamedAndNotFollowed) {
  RepositoryOptions all = SmallOptions();
  all.account.clear();
  const auto reader = Repository::OpenExisting(files(), workers_, all);
  ASSERT_TRUE(reader);
  files().MakeLink("linked");
  files().MakeLink("%24@g/@elsewhere");
  const auto survey = (*reader)->Survey();
  ASSERT_TRUE(survey);
  ASSERT_EQ(survey->unreadable.size(), 2u);
  for (const Error& error : survey->unreadable) {
    EXPECT_THAT(error.message, HasSubstr("symbolic link"));
  }
  EXPECT_EQ((*reader)->Ids("ELSEWHERE").error().code, Errc::kStorageError);
  EXPECT_TRUE(CheckBackup(*repository_, TestId(1)));
}

TEST_F(UnknownFilesTest, TwoDamagedManifestsOfOneIdAreNotGuessedAbout) {
  Copy(Orders().Manifest(TestId(1)), Bills().Manifest(TestId(1)));
  for (const LineagePath& place : {Orders(), Bills()}) {
    const std::string path = place.Manifest(TestId(1));
    std::string bytes = files().Read(path);
    bytes[200] = static_cast<char>(bytes[200] ^ 1);
    files().Write(path, bytes);
  }
  const auto deleted = repository_->Delete(TestId(1));
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().code, Errc::kRepositoryCorrupt);
  EXPECT_THAT(files().Paths(), Contains(Bills().Manifest(TestId(1))));
  // One of them alone is the backup, damaged as it is.
  files().Erase(Bills().Manifest(TestId(1)));
  EXPECT_FALSE(repository_->Verify(TestId(1), CancelToken())->ok());
  EXPECT_TRUE(repository_->Delete(TestId(1)));
}

}  // namespace
}  // namespace jetkeep

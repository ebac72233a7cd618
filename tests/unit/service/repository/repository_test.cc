#include "service/repository/repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(RepositoryTest, GivesBackWhatWasPutIn) {
  const auto repository = Open();
  const auto made = MakeBackup(*repository, "ORDERS", TestId(1), 200, 7);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_GT(made->segments.size(), 2u);
  EXPECT_THAT(Ids(*repository), ElementsAre(TestId(1)));
  const Status checked = CheckBackup(*repository, TestId(1));
  EXPECT_TRUE(checked) << checked.error().message;
  const auto loaded = repository->Load(TestId(1));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config_json, "{\"name\":\"ORDERS\"}");
  ASSERT_EQ(loaded->consumers.size(), 1u);
  EXPECT_EQ(loaded->consumers[0].state, made->consumers[0].state);
  EXPECT_EQ(loaded->Summary().stored_bytes, repository->List("ORDERS")->backups[0].stored_bytes);
}

// Also where another account's repository on the store takes the note, and its clock is behind.
TEST_F(RepositoryTest, ANoteOfARestoreIsNewerThanAllBackupsOfItsAccount) {
  const auto repository = Open();
  RepositoryOptions options = SmallOptions();
  options.account = "west";
  const auto west = Repository::OpenOrCreate(files(), workers_, options, 1'790'000'000'000'000'000);
  ASSERT_TRUE(west);
  const auto writer = (*west)->BeginBackup("ORDERS", "", TestId(1));
  ASSERT_TRUE(writer) << writer.error().message;
  Manifest manifest = TestManifest("ORDERS", TestId(1), 0, 0);
  manifest.account = "west";
  ASSERT_TRUE((*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'000));
  ASSERT_TRUE(repository->NoteRestored("west", "ORDERS", 1'000'000'000, 7));
  EXPECT_GT((*west)->NewestRestore("ORDERS").value_or(""), TestId(1));
  EXPECT_EQ(repository->NewestRestore("ORDERS").value_or("?"), "");
}

// As `list` counts them, so that a progress ends where it was said to.
TEST_F(RepositoryTest, VerifyCountsTheWholeFiles) {
  const auto repository = Open();
  const auto made = MakeBackup(*repository, "ORDERS", TestId(1), 300);
  ASSERT_TRUE(made);
  ASSERT_GT(made->segments.size(), 2u);
  std::vector<std::uint64_t> told;
  const auto verified = repository->Verify(TestId(1), CancelToken(),
                                           [&](std::uint64_t bytes) { told.push_back(bytes); });
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->bytes_read, repository->Summary(TestId(1))->stored_bytes);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  ASSERT_FALSE(told.empty());
  // The manifest comes besides, and the end of the last segment.
  EXPECT_LT(told.back(), verified->bytes_read - made->file_bytes);
  std::uint64_t before = 0;
  for (std::size_t i = 0; i + 1 < made->segments.size(); ++i) {
    before += made->segments[i].stored_bytes;
  }
  EXPECT_GT(told.back(), before);
  // Damage changes nothing of it.
  const std::string path =
      LineagePath::Make("$G", "ORDERS", TestId(1))->Segment(made->segments[1].name);
  files().Write(path, files().Read(path) + "x");
  EXPECT_EQ(repository->Verify(TestId(1), CancelToken())->bytes_read, verified->bytes_read);
}

TEST_F(RepositoryTest, KeepsNoSegmentForAnEmptyStream) {
  const auto repository = Open();
  const auto made = MakeBackup(*repository, "EMPTY", TestId(1), 0);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->segments.empty());
  EXPECT_EQ(files().Paths().size(), 2u);
  const Status checked = CheckBackup(*repository, TestId(1));
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST_F(RepositoryTest, ReadsOnlyTheRangeAskedFor) {
  const auto repository = Open();
  const auto made = MakeBackup(*repository, "ORDERS", TestId(1), 200, 10);
  ASSERT_TRUE(made);
  const auto reader = repository->OpenReader(*made, {95, 101});
  ASSERT_TRUE(reader);
  std::vector<std::uint64_t> seen;
  ASSERT_TRUE((*reader)->ForEach([&](const RecordView& record) -> Status {
    seen.push_back(record.sequence);
    return {};
  }));
  EXPECT_THAT(seen, ElementsAre(95, 96, 97, 98, 99, 101));
}

TEST_F(RepositoryTest, LeavesNothingOfAnAbandonedBackup) {
  const auto repository = Open();
  {
    const auto writer = repository->BeginBackup("ORDERS", "", TestId(1));
    ASSERT_TRUE(writer);
    for (std::uint64_t s = 1; s < 100; ++s) {
      ASSERT_TRUE((*writer)->AddRecord({s, 1, "s", "", PayloadOf(s)}));
    }
  }
  EXPECT_THAT(files().Paths(), ElementsAre("repository.json"));
}

TEST_F(RepositoryTest, RefusesRecordsOutOfOrder) {
  const auto repository = Open();
  const auto writer = repository->BeginBackup("ORDERS", "", TestId(1));
  ASSERT_TRUE(writer);
  EXPECT_TRUE((*writer)->AddRecord({5, 1, "s", "", ""}));
  EXPECT_FALSE((*writer)->AddRecord({5, 1, "s", "", ""}));
}

TEST_F(RepositoryTest, DeleteIsRefusedWhileSomebodyReads) {
  const auto repository = Open();
  const auto other = Open();
  const auto made = MakeBackup(*repository, "ORDERS", TestId(1), 50);
  ASSERT_TRUE(made);
  {
    const auto reader = other->OpenReader(*made);
    ASSERT_TRUE(reader);
    const auto refused = repository->Delete(TestId(1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kBackupInUse);
  }
  ASSERT_TRUE(repository->Delete(TestId(1), LastBackup::kDelete));
  EXPECT_THAT(files().Paths(), ElementsAre("repository.json"));
  EXPECT_EQ(repository->Delete(TestId(1)).error().code, Errc::kBackupNotFound);
}

TEST_F(RepositoryTest, CleanUpSparesALivingWriterOfAnotherProcess) {
  const auto repository = Open();
  const auto other = Open();
  auto writer = repository->BeginBackup("ORDERS", "", TestId(1));
  ASSERT_TRUE(writer);
  for (std::uint64_t s = 1; s <= 100; ++s) {
    ASSERT_TRUE((*writer)->AddRecord(
        {s, static_cast<std::int64_t>(s) * 1000, "orders.new", "", PayloadOf(s)}));
    if (s % 20 == 0) {
      ASSERT_TRUE(other->CleanUp().problems.empty());
    }
  }
  ASSERT_TRUE((*writer)->Finish(TestManifest("ORDERS", TestId(1), 100, 0), 1));
  ASSERT_TRUE(other->CleanUp().problems.empty());
  const Status checked = CheckBackup(*other, TestId(1));
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST_F(RepositoryTest, OneIdIsMadeByOneWriter) {
  const auto repository = Open();
  const auto other = Open();
  const auto first = repository->BeginBackup("ORDERS", "", TestId(1));
  ASSERT_TRUE(first);
  const auto second = other->BeginBackup("ORDERS", "", TestId(1));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kJobConflict);
}

TEST_F(RepositoryTest, ADamagedManifestDoesNotHideTheOthers) {
  const auto repository = Open();
  ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(1), 20));
  ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(2), 20));
  for (const std::string& path : files().Paths()) {
    if (path.ends_with(TestId(1) + ".manifest")) files().Write(path, "JETKEEP-MANIFEST 2 nonsense");
  }
  const auto listing = repository->List("");
  ASSERT_TRUE(listing);
  ASSERT_EQ(listing->backups.size(), 1u);
  EXPECT_EQ(listing->backups[0].id, TestId(2));
  ASSERT_EQ(listing->warnings.size(), 1u);
  EXPECT_THAT(listing->warnings[0], HasSubstr(TestId(1)));
}

TEST_F(RepositoryTest, ShowsTheNewestVerificationAndDoesNotOfferABadBackup) {
  const auto repository = Open();
  ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(1), 20));
  ASSERT_TRUE(repository->RecordVerification(TestId(1), {5, true, false}));
  ASSERT_TRUE(repository->RecordVerification(TestId(1), {9, true, true}));
  const auto summary = repository->Summary(TestId(1));
  ASSERT_TRUE(summary && summary->verified);
  EXPECT_EQ(summary->verified->time_ns, 9);
  EXPECT_TRUE(summary->verified->drill);
  EXPECT_TRUE(repository->ChooseForRestore("ORDERS", false));
  ASSERT_TRUE(repository->RecordVerification(TestId(1), {10, false, false}));
  EXPECT_EQ(repository->ChooseForRestore("ORDERS", false).error().code, Errc::kBackupNotFound);
}

TEST_F(RepositoryTest, NamesMissingSwappedDuplicatedAndStrangeFiles) {
  const auto repository = Open();
  const auto made = MakeBackup(*repository, "ORDERS", TestId(1), 200);
  ASSERT_TRUE(made);
  const auto place = LineagePath::Make("$G", "ORDERS", TestId(1));
  const std::string a = place->Segment(made->segments[0].name);
  const std::string b = place->Segment(made->segments[1].name);
  const std::string bytes_a = files().Read(a);
  const std::string bytes_b = files().Read(b);

  files().Erase(a);
  auto result = repository->Verify(TestId(1), CancelToken());
  ASSERT_TRUE(result);
  ASSERT_EQ(result->findings.size(), 1u);
  EXPECT_THAT(result->findings[0], HasSubstr(a));
  EXPECT_EQ(result->lost.Count(), made->segments[0].records);

  files().Write(a, bytes_b);
  files().Write(b, bytes_a);
  EXPECT_EQ(repository->Verify(TestId(1), CancelToken())->findings.size(), 2u);

  files().Write(a, bytes_a);
  files().Write(b, bytes_b.substr(0, bytes_b.size() - 1));
  EXPECT_EQ(repository->Verify(TestId(1), CancelToken())->findings.size(), 1u);
  files().Write(b, bytes_b + "x");
  EXPECT_EQ(repository->Verify(TestId(1), CancelToken())->findings.size(), 1u);
  files().Write(b, bytes_b);
  EXPECT_TRUE(repository->Verify(TestId(1), CancelToken())->ok());

  EXPECT_THAT(repository->Survey()->orphaned, IsEmpty());
  files().Write(place->Segment(SegmentName(TestId(1), 99)), bytes_a);
  EXPECT_THAT(repository->Survey()->orphaned,
              ElementsAre(place->Segment(SegmentName(TestId(1), 99))));
}

TEST_F(RepositoryTest, FindsAnyFlippedBitOfAnyFile) {
  {
    const auto repository = Open();
    ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(1), 12, 5));
    ASSERT_TRUE(repository->RecordVerification(TestId(1), {5, true, false}));
  }
  for (const std::string& path : files().Paths()) {
    const std::string whole = files().Read(path);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
      files().Write(path, damaged);
      const auto repository = Repository::OpenExisting(files(), workers_, SmallOptions());
      if (!repository) continue;  // found at once
      const auto result = (*repository)->Verify(TestId(1), CancelToken());
      ASSERT_TRUE(result) << path << " byte " << at;
      EXPECT_FALSE(result->ok()) << path << " byte " << at;
    }
    files().Write(path, whole);
  }
  const auto repository = Open();
  EXPECT_TRUE(CheckBackup(*repository, TestId(1)));
}

TEST_F(RepositoryTest, DoesNotTakeAForeignDirectoryForANewRepository) {
  files().Write("holiday.jpg", "x");
  const auto repository = Repository::OpenOrCreate(files(), workers_, SmallOptions(), 1);
  ASSERT_FALSE(repository);
  EXPECT_EQ(repository.error().code, Errc::kRepositoryMissing);
  EXPECT_FALSE(Repository::OpenExisting(files(), workers_, SmallOptions()));
  Renew();
  {
    const auto somebodys = files().Create("notes");
    ASSERT_TRUE(somebodys);
    EXPECT_FALSE(Repository::OpenOrCreate(files(), workers_, SmallOptions(), 1)) << "notes….tmp";
  }
  const auto begun = files().Create("repository.json");
  ASSERT_TRUE(begun);
  EXPECT_TRUE(Repository::OpenOrCreate(files(), workers_, SmallOptions(), 1))
      << "another process, or one that was killed, began to make one";
}

}  // namespace
}  // namespace jetkeep

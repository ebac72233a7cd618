#include "service/repository/restore_mark.h"

#include <thread>

#include "protocol/repository/layout.h"
#include "protocol/repository/sealed_json.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

RestoreRecord Sample() {
  RestoreRecord record;
  record.id = TestId(1);
  record.backup_id = TestId(2);
  record.account = "$G";
  record.server_name = "n1";
  record.stream = "ORDERS";
  record.config_json = R"({"name":"ORDERS"})";
  record.state.messages = 7;
  record.state.last_sequence = 9;
  record.started_ns = 1'790'000'000'000'000'000;
  return record;
}

bool Any(const RestoreRecord&) { return true; }

class RestoreMarkTest : public RepositoryTest {};

TEST_F(RestoreMarkTest, IsFoundOnlyWhenItsRestoreIsDead) {
  const auto repository = Open();
  auto mark = repository->MarkRestore(Sample());
  ASSERT_TRUE(mark) << mark.error().message;
  EXPECT_TRUE(repository->TakeOrphanedRestores(Any)->marks.empty()) << "it lives";
  mark->reset();
  const auto dead = repository->TakeOrphanedRestores(Any);
  ASSERT_TRUE(dead);
  ASSERT_EQ(dead->marks.size(), 1U);
  EXPECT_EQ(dead->marks[0]->record().stream, "ORDERS");
  EXPECT_EQ(dead->marks[0]->record().state.last_sequence, 9U);
  EXPECT_TRUE(repository->TakeOrphanedRestores(Any)->marks.empty()) << "somebody has it";
  ASSERT_TRUE(dead->marks[0]->Remove());
  EXPECT_TRUE(repository->TakeOrphanedRestores(Any)->marks.empty());
}

// A stopped process keeps its lock. Its record is taken by whoever saw it stand still, and the one
// that wakes up notices.
TEST_F(RestoreMarkTest, ASilentProcessLosesItAndNotices) {
  auto now = std::chrono::steady_clock::time_point();
  const LeaseOptions options{std::chrono::seconds(10), false, [&now] { return now; }};
  RestoreMarks theirs(files(), options);
  RestoreMarks ours(files(), options);
  const auto silent = theirs.Add(Sample());
  ASSERT_TRUE(silent);
  ASSERT_EQ(ours.TakeOrphaned(Any)->held.size(), 1U);
  EXPECT_FALSE(ours.TakeOrphaned(Any)->held[0].stirs);
  now += std::chrono::seconds(9);
  EXPECT_TRUE(ours.TakeOrphaned(Any)->marks.empty());
  now += std::chrono::seconds(1);
  EXPECT_TRUE(theirs.TakeOrphaned(Any)->held.empty()) << "its own";
  const auto taken = ours.TakeOrphaned(Any);
  ASSERT_EQ(taken->marks.size(), 1U);
  EXPECT_EQ((*silent)->Check().error().code, Errc::kLeaseLost);
  EXPECT_FALSE((*silent)->Remove());
  // A third one sees that somebody cleans up, also once the first is dead and its lock free.
  RestoreMarks third(files(), options);
  EXPECT_TRUE(third.TakeOrphaned(Any)->held.at(0).cleaning);
  const_cast<std::unique_ptr<RestoreMark>&>(*silent).reset();
  EXPECT_TRUE(third.TakeOrphaned(Any)->marks.empty());
  EXPECT_TRUE(taken->marks[0]->Check());
  EXPECT_TRUE(taken->marks[0]->Remove());
  for (const std::string& path : files().Paths()) EXPECT_EQ(path, kRepositoryHeaderPath);
  EXPECT_TRUE(third.TakeOrphaned(Any)->held.empty());
}

TEST_F(RestoreMarkTest, ARecordThatNobodyWouldReadIsNotWritten) {
  RestoreMarks marks(files());
  RestoreRecord record = Sample();
  record.config_json = R"({"name":"ORDERS","description":")" + std::string(8 << 20, 'x') + "\"}";
  const auto mark = marks.Add(record);
  ASSERT_FALSE(mark);
  EXPECT_EQ(mark.error().code, Errc::kStorageError);
  EXPECT_NE(mark.error().message.find("bytes, more than 8388608"), std::string::npos)
      << mark.error().message;
  const auto found = marks.TakeOrphaned(Any);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->warnings.empty());
  EXPECT_TRUE(files().Paths().empty());
}

// A server that gets two restores of one stream at once may lose the files of both.
TEST_F(RestoreMarkTest, OneStreamIsRestoredByOneProcessAtATime) {
  RestoreMarks ours(files());
  RestoreMarks theirs(files());
  RestoreRecord first = Sample();
  RestoreRecord second = Sample();
  second.id = TestId(5);
  const auto mark = ours.Add(first);
  ASSERT_TRUE(mark);
  EXPECT_EQ(theirs.Add(second).error().code, Errc::kStreamExists);
  RestoreRecord lower = Sample();
  lower.id = TestId(0);
  EXPECT_EQ(theirs.Add(lower).error().code, Errc::kStreamExists) << "it came later all the same";
  RestoreRecord elsewhere = second;
  elsewhere.id = TestId(6);
  elsewhere.server_name = "n2";
  EXPECT_TRUE(theirs.Add(elsewhere));
  RestoreRecord other = second;
  other.id = TestId(7);
  other.stream = "OTHER";
  EXPECT_TRUE(theirs.Add(other));
  EXPECT_EQ(ours.TakeOrphaned(Any)->held.size(), 0U) << "those that were refused left no record";
  ASSERT_TRUE((*mark)->Remove());
  EXPECT_TRUE(theirs.Add(second));
}

TEST_F(RestoreMarkTest, OfTwoThatBeginAtOnceOneHasTheWay) {
  for (int round = 0; round < 20; ++round) {
    RestoreMarks ours(files());
    RestoreMarks theirs(files());
    RestoreRecord other = Sample();
    other.id = TestId(5);
    Result<std::unique_ptr<RestoreMark>> theirs_mark;
    std::thread they([&] { theirs_mark = theirs.Add(other); });
    Result<std::unique_ptr<RestoreMark>> mark = ours.Add(Sample());
    they.join();
    EXPECT_EQ(mark.has_value() + theirs_mark.has_value(), 1);
    for (const auto* kept : {&mark, &theirs_mark}) {
      if (*kept) {
        EXPECT_TRUE((**kept)->Remove());
      }
    }
  }
}

TEST_F(RestoreMarkTest, OneThatIsNotWantedIsLeftForOthers) {
  const auto repository = Open();
  auto mark = repository->MarkRestore(Sample());
  ASSERT_TRUE(mark);
  mark->reset();
  const auto no = [](const RestoreRecord&) { return false; };
  const auto found = repository->TakeOrphanedRestores(no);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->marks.empty() && found->held.empty());
  EXPECT_EQ(repository->TakeOrphanedRestores(Any)->marks.size(), 1U);
}

// Records of jetkeep 0.1 have no token and no lease.
TEST_F(RestoreMarkTest, RecordsOfTheFirstVersionAreRead) {
  const auto repository = Open();
  auto encoded = EncodeRestoreRecord(Sample());
  ASSERT_TRUE(encoded);
  EXPECT_EQ(ParseRestoreRecord(TestId(1), *encoded)->token, "");
  const std::string members = encoded->substr(2, encoded->find("  \"digest\"") - 2);  // without {\n
  std::string old = members;
  for (const char* field : {"  \"token\"", "  \"must_honour_token\""}) {
    const auto at = old.find(field);
    ASSERT_NE(at, std::string::npos) << "0.1 would clean up by its own rules";
    old.erase(at, old.find('\n', at) + 1 - at);
  }
  files().Write(RestorePath(TestId(1)), SealJson(old));
  const auto found = repository->TakeOrphanedRestores(Any);
  ASSERT_EQ(found->marks.size(), 1U);
  EXPECT_EQ(found->marks[0]->record().token, "");
  EXPECT_EQ(found->marks[0]->record().stream, "ORDERS");
}

TEST_F(RestoreMarkTest, ALeaseWithoutARecordIsCleanedUp) {
  const auto repository = Open();
  const auto mark = repository->MarkRestore(Sample());
  ASSERT_TRUE(mark);
  const LeaseFileParts orphan{LeaseFileKind::kClaim, RestoreLeaseKey(TestId(7)), 3, 0};
  const LeaseFileParts foreign{LeaseFileKind::kClaim, "something-else", 3, 0};
  files().Write(LeasePath(orphan), "x");
  files().Write(LeasePath(foreign), "x");
  ASSERT_TRUE(repository->CleanUp().problems.empty());
  EXPECT_FALSE(*files().Exists(LeasePath(orphan)));
  EXPECT_TRUE(*files().Exists(LeasePath(foreign)));
  EXPECT_TRUE((*mark)->Check());
}

TEST_F(RestoreMarkTest, IsNoStranger) {
  const auto repository = Open();
  const auto mark = repository->MarkRestore(Sample());
  ASSERT_TRUE(mark);
  EXPECT_TRUE(repository->Survey()->unknown.empty());
}

TEST_F(RestoreMarkTest, ADamagedRecordIsToldAndKept) {
  const auto repository = Open();
  auto mark = repository->MarkRestore(Sample());
  ASSERT_TRUE(mark);
  mark->reset();
  const std::string path = RestorePath(TestId(1));
  files().Write(path, "{}");
  const auto dead = repository->TakeOrphanedRestores(Any);
  ASSERT_TRUE(dead);
  EXPECT_TRUE(dead->marks.empty());
  EXPECT_EQ(dead->warnings.size(), 1U);
  EXPECT_TRUE(*files().Exists(path));
}

TEST_F(RestoreMarkTest, StoredBytesAreCheckedWithoutUnpacking) {
  const auto repository = Open();
  const auto manifest = MakeBackup(*repository, "ORDERS", TestId(3), 200);
  ASSERT_TRUE(manifest);
  const auto good = repository->CheckStored(*manifest, CancelToken());
  ASSERT_TRUE(good);
  EXPECT_TRUE(good->ok());
  EXPECT_GT(good->bytes_read, 1000U);
  const auto place = LineagePath::Make("$G", "ORDERS", manifest->lineage);
  ASSERT_TRUE(files().Remove(place->Segment(manifest->segments.at(1).name)));
  const auto bad = repository->CheckStored(*manifest, CancelToken());
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->findings.size(), 1U);
  EXPECT_TRUE(bad->lost.Contains(manifest->segments.at(1).first_sequence));
}

// What a restore may rely on: once marked, the next start knows of it, and a record cut short is
// never taken for one. (A removal may be lost: the record is then judged again.)
TEST_F(RestoreMarkTest, SurvivesAStopOfTheMachineAtEveryStep) {
  for (const bool keep_unsynced : {false, true}) {
    for (const bool ends : {false, true}) {
      bool finished = false;
      for (std::uint64_t stop = 1; !finished; ++stop) {
        ASSERT_LT(stop, 50U) << "marking has more steps than expected";
        Renew();
        auto repository = Open();
        const std::uint64_t before = files().mutations();
        files().SetFault(
            [&](Operation, const std::string&, std::uint64_t number) -> std::optional<Error> {
              if (number < before + stop) return std::nullopt;
              return Error{Errc::kStorageError, "the machine is gone", ""};
            });
        auto mark = repository->MarkRestore(Sample());
        const bool marked = mark.has_value();
        const bool removed = marked && ends && (*mark)->Remove().has_value();
        finished = files().mutations() < before + stop;
        if (marked) mark->reset();
        repository.reset();
        files().SetFault({});
        files().Crash(keep_unsynced);

        repository = Open();
        ASSERT_TRUE(repository->CleanUp().problems.empty());
        const auto dead = repository->TakeOrphanedRestores(Any);
        ASSERT_TRUE(dead);
        EXPECT_TRUE(dead->warnings.empty()) << stop << ": " << dead->warnings.front();
        if (marked && !ends) {
          EXPECT_EQ(dead->marks.size(), 1U) << stop;
        }
        if (removed && keep_unsynced) {
          EXPECT_TRUE(dead->marks.empty()) << stop;
        }
        for (const auto& found : dead->marks) EXPECT_EQ(found->record().state.last_sequence, 9U);
        for (const std::string& path : files().Paths())
          EXPECT_FALSE(path.ends_with(".tmp")) << path;
      }
    }
  }
}

}  // namespace
}  // namespace jetkeep

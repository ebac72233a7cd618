#include "service/repository/restore_mark.h"

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

class RestoreMarkTest : public RepositoryTest {};

TEST_F(RestoreMarkTest, IsFoundOnlyWhenItsRestoreIsDead) {
  const auto repository = Open();
  auto mark = repository->MarkRestore(Sample());
  ASSERT_TRUE(mark) << mark.error().message;
  EXPECT_TRUE(repository->TakeDeadRestores()->marks.empty()) << "it lives";
  mark->reset();
  const auto dead = repository->TakeDeadRestores();
  ASSERT_TRUE(dead);
  ASSERT_EQ(dead->marks.size(), 1U);
  EXPECT_EQ(dead->marks[0]->record().stream, "ORDERS");
  EXPECT_EQ(dead->marks[0]->record().state.last_sequence, 9U);
  EXPECT_TRUE(repository->TakeDeadRestores()->marks.empty()) << "somebody has it";
  ASSERT_TRUE(dead->marks[0]->Remove());
  EXPECT_TRUE(repository->TakeDeadRestores()->marks.empty());
}

TEST_F(RestoreMarkTest, IsNoStranger) {
  const auto repository = Open();
  const auto mark = repository->MarkRestore(Sample());
  ASSERT_TRUE(mark);
  EXPECT_TRUE(repository->FindStrangers()->empty());
}

TEST_F(RestoreMarkTest, ADamagedRecordIsToldAndKept) {
  const auto repository = Open();
  auto mark = repository->MarkRestore(Sample());
  ASSERT_TRUE(mark);
  mark->reset();
  const std::string path = RestorePath(TestId(1));
  ASSERT_TRUE(files().Remove(path));
  const auto file = files().Create(path);
  ASSERT_TRUE(file && (*file)->Append("{}") && (*file)->Sync() && (*file)->Close());
  const auto dead = repository->TakeDeadRestores();
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

}  // namespace
}  // namespace jetkeep

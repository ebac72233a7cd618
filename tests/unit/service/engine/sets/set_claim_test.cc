#include "service/engine/sets/set_claim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "protocol/js_config/restore_token.h"
#include "protocol/repository/backup_id.h"
#include "protocol/repository/layout.h"
#include "service/engine/restore/restore_recovery.h"
#include "tests/unit/service/engine/restore/fake_server.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kNow = 1'795'224'250'000'000'000;
const std::string kSet = "set-20261121T012410Z-7k2m9qdx";

class WatchedServer : public FakeServer {
 public:
  WatchedServer() : FakeServer(/*clustered=*/false) {}
  Status DeleteStream(const std::string& name) override {
    const Status deleted = FakeServer::DeleteStream(name);
    ++changes;
    return deleted;
  }
  Result<StreamInfo> UpdateStream(const std::string& name, const std::string& config) override {
    auto updated = FakeServer::UpdateStream(name, config);
    ++changes;
    return updated;
  }
  std::atomic<int> changes{0};
};

SentMember Member(const std::string& stream) {
  SentMember member;
  member.stream = stream;
  member.config_json = R"({"name":")" + stream + R"(","subjects":["s.>"]})";
  member.backup_id = TestId(3);
  member.state.messages = member.state.last_sequence = 7;
  return member;
}

class SetClaimTest : public RepositoryTest {
 protected:
  void SetUp() override {
    repository_ = Open();
    other_ = Open();
  }

  std::unique_ptr<SetClaim> Begin(bool together = true) {
    auto claim = std::make_unique<SetClaim>(*repository_);
    const Status begun =
        claim->Begin(kSet, {Member("S"), Member("T")}, server_.identity, together, kNow);
    EXPECT_TRUE(begun) << begun.error().message;
    return claim;
  }

  // The server holds S as it was sent, whole.
  void MakeStream(const std::string& token) {
    StreamInfo info;
    info.config_json = *WithRestoreToken(Member("S").config_json, token, {});
    info.state = Member("S").state;
    server_.stream = info;
  }

  std::vector<RestoreRecord> Records() {
    std::vector<RestoreRecord> records;
    const auto found = other_->TakeOrphanedRestores([](const RestoreRecord&) { return true; });
    EXPECT_TRUE(found);
    for (const auto& held : found->held) records.push_back(held.record);
    for (const auto& mark : found->marks) records.push_back(mark->record());
    return records;
  }

  // Lets another process find what is there, until it has changed something on the server.
  void Recover() {
    RestoreRecovery recovery(server_, *other_);
    recovery.Scan();
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (server_.changes == 0 && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  WatchedServer server_;
  std::unique_ptr<Repository> repository_;
  std::unique_ptr<Repository> other_;
};

TEST_F(SetClaimTest, OneRecordNamesAllStreams) {
  const auto claim = Begin();
  EXPECT_NE(claim->TokenOf("S"), claim->TokenOf("T"));
  EXPECT_EQ(claim->TokenOf("U"), "");
  const auto records = Records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].set, kSet);
  ASSERT_EQ(records[0].members.size(), 2U);
  EXPECT_EQ(records[0].members[1].token, claim->TokenOf("T"));
  EXPECT_TRUE(records[0].together);
  claim->End();
  EXPECT_THAT(Records(), IsEmpty());
}

// A server that gets two restores of one stream may lose the files of both.
TEST_F(SetClaimTest, NoOtherProcessRestoresOneOfItsStreams) {
  const auto claim = Begin();
  RestoreRecord single;
  single.id = TestId(1);
  single.stream = "T";
  single.account = repository_->account();
  single.server_name = server_.identity.name;
  const auto refused = other_->MarkRestore(single);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kStreamExists);
  EXPECT_THAT(refused.error().message, HasSubstr("stream T"));
  single.stream = "U";
  const auto mark = other_->MarkRestore(single);
  ASSERT_TRUE(mark) << mark.error().message;
  SetClaim more(*repository_);
  EXPECT_EQ(more.Begin(kSet, {Member("V"), Member("U")}, server_.identity, true, kNow).error().code,
            Errc::kStreamExists);
  SetClaim none(*repository_);
  EXPECT_TRUE(none.Begin(kSet, {Member("V"), Member("W")}, server_.identity, true, kNow));
}

TEST_F(SetClaimTest, DeadBeforeItIsCommittedEvenWhatIsWholeGoes) {
  auto claim = Begin();
  MakeStream(claim->TokenOf("S"));
  claim.reset();
  Recover();
  EXPECT_THAT(server_.deletes, ElementsAre("S"));
  EXPECT_THAT(server_.updates, IsEmpty());
}

TEST_F(SetClaimTest, DeadAfterItIsCommittedWhatIsWholeStays) {
  auto claim = Begin();
  const std::string token = claim->TokenOf("S");
  MakeStream(token);
  const std::string before = Records().at(0).id;
  ASSERT_TRUE(claim->Commit(kNow));
  const auto records = Records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_FALSE(records[0].together);
  EXPECT_EQ(records[0].replaces, before);
  EXPECT_EQ(claim->TokenOf("S"), token);
  EXPECT_TRUE(claim->Check());
  // Even if it lost its messages since, as one in memory does when its server restarts.
  server_.stream->state = {};
  claim.reset();
  Recover();
  EXPECT_THAT(server_.deletes, IsEmpty());
  ASSERT_FALSE(server_.updates.empty());
  EXPECT_EQ(RestoreTokenOf(server_.updates[0]), "");
}

// Another process that tries the same has its record there for a moment, until it finds that it is
// too late: whichever id is lower, that does not keep from the commit the streams that are held.
TEST_F(SetClaimTest, NobodyWhoComesLateKeepsItFromTheCommit) {
  constexpr std::int64_t kYearNs = std::int64_t{365} * 24 * 3600 * 1'000'000'000;
  for (const std::int64_t late_ns : {kNow - kYearNs, kNow + kYearNs}) {
    const auto claim = Begin();
    RestoreRecord late = Records().at(0);
    late.id = NewBackupId(late_ns, 7);
    const auto bytes = EncodeRestoreRecord(late);
    ASSERT_TRUE(bytes);
    const std::string path = RestorePath(late.id);
    auto writer = files().Create(path);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->Append(*bytes));
    auto lock = (*writer)->Lock();
    ASSERT_TRUE(lock);
    ASSERT_TRUE((*writer)->Commit(Durability::kDurable));

    const Status committed = claim->Commit(kNow);
    EXPECT_TRUE(committed) << committed.error().message;
    EXPECT_TRUE(claim->Check());
    ASSERT_TRUE(files().Remove(path));
    claim->End();
    EXPECT_THAT(Records(), IsEmpty());
  }
}

// Both records are there: whichever is looked at first, the first one counts.
TEST_F(SetClaimTest, DeadInTheMiddleOfTheCommitEverythingGoes) {
  for (const auto& [first_id, second_id] : {std::pair{5, 0}, {6, 9}}) {
    server_.deletes.clear();
    server_.changes = 0;
    RestoreRecord first;
    first.id = TestId(first_id);
    first.account = repository_->account();
    first.server_name = server_.identity.name;
    first.set = kSet;
    first.together = true;
    first.members = {Member("S")};
    first.members[0].together = true;
    first.members[0].token = MakeRestoreToken(1, 2);
    RestoreRecord second = first;
    second.id = TestId(second_id);
    second.together = second.members[0].together = false;
    second.replaces = first.id;
    MakeStream(first.members[0].token);
    {
      const auto marks = {repository_->MarkRestore(first), repository_->MarkRestore(second)};
      for (const auto& mark : marks) ASSERT_TRUE(mark) << mark.error().message;
    }
    Recover();
    EXPECT_THAT(server_.deletes, ElementsAre("S"));
    EXPECT_THAT(server_.updates, IsEmpty());
    for (const std::string& one : {first.id, second.id}) {
      ASSERT_TRUE(files().Remove(RestorePath(one)));
    }
  }
}

}  // namespace
}  // namespace jetkeep

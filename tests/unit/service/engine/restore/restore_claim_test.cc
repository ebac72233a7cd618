#include "service/engine/restore/restore_claim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/js_config/restore_token.h"
#include "tests/unit/service/engine/restore/fake_server.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kNow = 1'795'224'250'000'000'000;

class RestoreClaimTest : public RepositoryTest {
 protected:
  void SetUp() override {
    repository_ = Open();
    other_ = Open();
    plan_.target.stream = "S";
    plan_.target.config_json = R"({"name":"S","subjects":["s.>"]})";
    plan_.expected.last_sequence = 7;
    plan_.server = server_.identity;
  }

  std::unique_ptr<RestoreClaim> Begin() {
    auto claim = std::make_unique<RestoreClaim>(server_, *repository_);
    const auto begun = claim->Begin(TestManifest("S", "l", 7, 0), plan_, kNow);
    EXPECT_TRUE(begun) << begun.error().message;
    EXPECT_THAT(begun.value_or(std::vector<std::string>()), IsEmpty());
    return claim;
  }

  // The server has made what the claim's restore sent, and ended it.
  void MakeStream(RestoreClaim& claim) {
    StreamInfo info;
    info.config_json = claim.progress().config_json;
    server_.stream = info;
    claim.MayHaveBegun();
    claim.progress().accepted = true;
    claim.progress().verdict_came = true;
  }

  // Restores that another process sees under way.
  std::size_t Records() {
    const auto found = other_->TakeOrphanedRestores([](const RestoreRecord&) { return true; });
    EXPECT_TRUE(found);
    return found ? found->marks.size() + found->held.size() : 0;
  }

  FakeServer server_{/*clustered=*/false};
  RestorePlan plan_;
  std::unique_ptr<Repository> repository_;
  std::unique_ptr<Repository> other_;
};

const Error kFailed{Errc::kTransferInterrupted, "the link broke", {}};

TEST_F(RestoreClaimTest, SendsATokenAndRecordsIt) {
  const auto claim = Begin();
  EXPECT_EQ(claim->progress().stream, "S");
  EXPECT_EQ(claim->progress().state.last_sequence, 7u);
  const std::string token = claim->progress().token;
  EXPECT_EQ(token.size(), kRestoreTokenBytes);
  EXPECT_EQ(RestoreTokenOf(claim->progress().config_json), token);
  EXPECT_EQ(WithoutRestoreToken(claim->progress().config_json), plan_.target.config_json);
  EXPECT_EQ(Records(), 1u);
  EXPECT_NE(Begin()->progress().token, token);
}

// Whoever cleans up looks in the account that the stream was made in.
TEST_F(RestoreClaimTest, TheRecordNamesTheAccountThatGetsTheStream) {
  const auto account_recorded = [&] {
    std::string account;
    const auto found = other_->TakeOrphanedRestores([&](const RestoreRecord& record) {
      account = record.account;
      return false;
    });
    EXPECT_TRUE(found);
    return account;
  };
  {
    const auto claim = Begin();
    EXPECT_EQ(account_recorded(), repository_->account());
    EXPECT_EQ(claim->CleanUpAfter(kFailed).code, kFailed.code);
  }
  plan_.target.account = "staging";
  const auto claim = Begin();
  EXPECT_EQ(account_recorded(), "staging");
}

TEST_F(RestoreClaimTest, AFailureBeforeTheServerHeardOfItChangesNothingThere) {
  const auto claim = Begin();
  server_.stream = StreamInfo{};  // somebody else's
  EXPECT_EQ(claim->CleanUpAfter(kFailed).message, kFailed.message);
  EXPECT_THAT(server_.deletes, IsEmpty());
  EXPECT_EQ(Records(), 0u);
}

TEST_F(RestoreClaimTest, AFailureAfterThatRemovesItsOwnStream) {
  const auto claim = Begin();
  MakeStream(*claim);
  EXPECT_EQ(claim->CleanUpAfter(kFailed).message, kFailed.message);
  EXPECT_THAT(server_.deletes, ElementsAre("S"));
  EXPECT_EQ(Records(), 0u);
}

TEST_F(RestoreClaimTest, AStreamWithoutItsTokenIsLeftAndNamed) {
  const auto claim = Begin();
  MakeStream(*claim);
  server_.stream->config_json = plan_.target.config_json;
  EXPECT_THAT(claim->CleanUpAfter(kFailed).message, HasSubstr("the link broke (and "));
  EXPECT_THAT(server_.deletes, IsEmpty());
  EXPECT_EQ(Records(), 0u);
}

TEST_F(RestoreClaimTest, AnotherProcessThatTookItOverGoesOnAlone) {
  const auto claim = Begin();
  MakeStream(*claim);
  const Error lost{Errc::kLeaseLost, "taken over", {}};
  EXPECT_EQ(claim->CleanUpAfter(lost).message, lost.message);
  EXPECT_THAT(server_.deletes, IsEmpty());
  EXPECT_EQ(Records(), 1u);
}

TEST_F(RestoreClaimTest, AWholeStreamIsReleasedWithoutTheToken) {
  const auto claim = Begin();
  MakeStream(*claim);
  const auto warnings = claim->Release();
  ASSERT_TRUE(warnings) << warnings.error().message;
  EXPECT_EQ(RestoreTokenOf(server_.stream->config_json), "");
  EXPECT_EQ(server_.updates.size(), 1u);
  EXPECT_THAT(server_.deletes, IsEmpty());
  EXPECT_EQ(Records(), 0u);
}

TEST_F(RestoreClaimTest, TheRecordStaysWhileTheTokenDoes) {
  const auto claim = Begin();
  MakeStream(*claim);
  server_.update_error = Error{Errc::kPermissionDenied, "no right to update", {}};
  const auto warnings = claim->Release();
  ASSERT_FALSE(warnings);
  EXPECT_THAT(warnings.error().message, HasSubstr("the stream is whole and was left there"));
  EXPECT_EQ(Records(), 1u);
}

TEST_F(RestoreClaimTest, AStreamInUseThatKeepsItsTokenIsLeftToALaterCleanUp) {
  const auto claim = Begin();
  MakeStream(*claim);
  server_.stream->state.messages = 1;
  server_.stream->state.last_sequence = 8;  // published since
  server_.update_error = Error{Errc::kPermissionDenied, "no right to update", {}};
  EXPECT_THAT(claim->CleanUpAfter(kFailed).message, HasSubstr("the link broke (and "));
  EXPECT_THAT(server_.deletes, IsEmpty());
  EXPECT_TRUE(claim->removal_failed());
  EXPECT_EQ(Records(), 1u);
}

}  // namespace
}  // namespace jetkeep

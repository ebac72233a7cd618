#include <gmock/gmock.h>

#include "tests/unit/service/nats/fixture.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

using RestoreTo = EachServer;

// A snapshot of a stream that is deleted afterwards.
KeepingSink TakeAway(Connection& connection, JetStreamClient& client, std::uint64_t messages) {
  FillStream(connection, client, "S", messages, 10'000);
  KeepingSink sink;
  const auto done = client.Snapshot("S", {}, {}, sink);
  EXPECT_TRUE(done) << Why(done);
  EXPECT_TRUE(client.DeleteStream("S"));
  return sink;
}

TEST_P(RestoreTo, AnExistingStreamIsRefused) {
  FillStream(*connection_, *client_, "S", 5, 100);
  KeepingSink sink;
  ASSERT_TRUE(client_->Snapshot("S", {}, {}, sink));
  const auto session = client_->BeginRestore("S", sink.reply.config_json, sink.reply.state, {}, {});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Errc::kStreamExists) << session.error().message;
  EXPECT_THAT(session.error().message, HasSubstr("err_code"));
}

TEST_P(RestoreTo, AConfigurationOfAnotherNameIsRefusedBeforeAnythingIsSent) {
  const auto session = client_->BeginRestore("S", R"({"name":"T"})", {}, {}, {});
  EXPECT_EQ(session.error().code, Errc::kInvalidRequest);
}

TEST_P(RestoreTo, RubbishIsRefusedByTheServer) {
  const KeepingSink taken = TakeAway(*connection_, *client_, 20);
  auto session = client_->BeginRestore("S", taken.reply.config_json, taken.reply.state, {}, {});
  ASSERT_TRUE(session) << Why(session);
  Status sent;
  for (int i = 0; i < 10 && sent; ++i) sent = (*session)->Send(std::string(1000, 'x'));
  if (sent) {
    const auto info = (*session)->Finish(seconds(30));
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error().code, Errc::kServerError) << info.error().message;
  }
}

TEST_P(RestoreTo, TooLongAChunkIsRefusedHere) {
  const KeepingSink taken = TakeAway(*connection_, *client_, 20);
  auto session = client_->BeginRestore("S", taken.reply.config_json, taken.reply.state, {}, {});
  ASSERT_TRUE(session) << Why(session);
  EXPECT_EQ((*session)->Send(std::string((*session)->MaxChunk() + 1, 'x')).error().code,
            Errc::kInvalidRequest);
}

TEST_P(RestoreTo, AServerKilledOnTheWayEndsIt) {
  const KeepingSink taken = TakeAway(*connection_, *client_, 1000);
  auto session = client_->BeginRestore("S", taken.reply.config_json, taken.reply.state, {}, {});
  ASSERT_TRUE(session) << Why(session);
  Status sent;
  const auto start = steady_clock::now();
  for (std::size_t at = 0, i = 0; at < taken.bytes.size() && sent; at += 100'000, ++i) {
    if (i == 20) server_->Kill();
    sent = (*session)->Send(std::string_view(taken.bytes).substr(at, 100'000));
  }
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kTransferInterrupted) << sent.error().message;
  EXPECT_LT(steady_clock::now() - start, seconds(10));
}

TEST_P(RestoreTo, AStalledServerTimesOutAndCancellingEndsTheWait) {
  const KeepingSink taken = TakeAway(*connection_, *client_, 1000);
  RestoreOptions options;
  options.answer_timeout = milliseconds(500);
  auto session =
      client_->BeginRestore("S", taken.reply.config_json, taken.reply.state, options, {});
  ASSERT_TRUE(session) << Why(session);
  server_->Pause();
  Status sent;
  for (std::size_t at = 0; at < taken.bytes.size() && sent; at += 50'000) {
    sent = (*session)->Send(std::string_view(taken.bytes).substr(at, 50'000));
  }
  server_->Resume();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kTimeout) << sent.error().message;
}

INSTANTIATE_TEST_SUITE_P(All, RestoreTo, ::testing::ValuesIn(testing::ServerVersions()), TestName);

// A user who may do everything but what a test takes away.
class WithoutPermission : public ::testing::TestWithParam<std::string> {
 protected:
  void Start(const std::string& denied) {
    testing::NatsServerOptions options;
    options.version = GetParam();
    options.config = R"(
      authorization {
        users = [
          { user: "all", password: "p" }
          { user: "less", password: "p", permissions: { publish: { deny: [")" +
                     denied + R"("] } } }
        ]
      })";
    server_ = std::make_unique<testing::NatsServer>(options);
    all_ = Connect("all");
    less_ = Connect("less");
    all_client_ = MustJetStream(*all_);
    less_client_ = MustJetStream(*less_);
  }
  std::unique_ptr<Connection> Connect(const std::string& user) const {
    ConnectionOptions options;
    options.user = user;
    options.password = "p";
    return MustConnect("nats://127.0.0.1:" + std::to_string(server_->port()), options);
  }

  std::unique_ptr<testing::NatsServer> server_;
  std::unique_ptr<Connection> all_, less_;
  std::unique_ptr<JetStreamClient> all_client_, less_client_;
};

TEST_P(WithoutPermission, ToRestoreChunksIsToldByTheSubject) {
  Start("$JS.SNAPSHOT.RESTORE.>");
  const KeepingSink taken = TakeAway(*all_, *all_client_, 500);
  const auto start = steady_clock::now();
  const auto session =
      less_client_->BeginRestore("S", taken.reply.config_json, taken.reply.state, {}, {});
  ASSERT_FALSE(session);
  EXPECT_LT(steady_clock::now() - start, seconds(3));
  EXPECT_EQ(session.error().code, Errc::kPermissionDenied);
  EXPECT_THAT(session.error().message, HasSubstr("$JS.SNAPSHOT.RESTORE.S."));
  // The server was not asked to begin: nothing is there that would have to be removed.
  const auto names = all_client_->StreamNames();
  ASSERT_TRUE(names) << Why(names);
  EXPECT_THAT(*names, ::testing::Not(::testing::Contains("S")));
}

TEST_P(WithoutPermission, ToAskForInfoIsToldBeforeTheTimeout) {
  Start("$JS.API.STREAM.INFO.*");
  const auto start = steady_clock::now();
  const auto info = less_client_->GetStream("S");
  ASSERT_FALSE(info);
  EXPECT_LT(steady_clock::now() - start, seconds(3));
  EXPECT_EQ(info.error().code, Errc::kPermissionDenied);
  EXPECT_THAT(info.error().message, HasSubstr("$JS.API.STREAM.INFO.S"));
}

TEST_P(WithoutPermission, ToAcknowledgeIsToldByTheSubject) {
  Start("$JS.SNAPSHOT.ACK.>");
  FillStream(*all_, *all_client_, "S", 3000, 10'000);
  KeepingSink sink;
  const auto start = steady_clock::now();
  const auto done = less_client_->Snapshot("S", {}, {}, sink);
  ASSERT_FALSE(done);
  EXPECT_LT(steady_clock::now() - start, seconds(3));
  EXPECT_EQ(done.error().code, Errc::kPermissionDenied) << done.error().message;
  EXPECT_THAT(done.error().message, HasSubstr("$JS.SNAPSHOT.ACK.S."));
}

INSTANTIATE_TEST_SUITE_P(All, WithoutPermission, ::testing::ValuesIn(testing::ServerVersions()),
                         TestName);

}  // namespace
}  // namespace jetkeep

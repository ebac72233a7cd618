#include <gmock/gmock.h>

#include <future>
#include <utility>

#include "protocol/js_api/requests.h"
#include "protocol/js_api/server_version.h"
#include "service/nats/restore_transfer.h"
#include "service/nats/restore_turn.h"
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

// Several blocks of an archive: after the first the server begins to unpack.
bool SendAll(const KeepingSink& taken, RestoreSession& session) {
  std::string_view left = taken.bytes;
  while (!left.empty()) {
    const std::string_view chunk = left.substr(0, session.MaxChunk());
    if (!session.Send(chunk)) return false;
    left.remove_prefix(chunk.size());
  }
  return true;
}

// Servers from 2.10.27 that stand alone may die of a stream that comes or goes while a restore
// begins or ends.
TEST_P(RestoreTo, BeginningsAndEndsTakeTurnsWhereTheServerNeedsIt) {
  const auto server = client_->Server();
  ASSERT_TRUE(server) << Why(server);
  const bool in_turns = !LocksStreamsInRestores(server->version);
  EXPECT_EQ(in_turns, GetParam() != "2.9");
  KeepingSink taken[2];
  const std::string names[] = {"A", "B"};
  for (int i = 0; i < 2; ++i) {
    FillStream(*connection_, *client_, names[i], 40, 100'000);
    ASSERT_TRUE(client_->Snapshot(names[i], {}, {}, taken[i]));
    ASSERT_TRUE(client_->DeleteStream(names[i]));
  }
  const auto begin = [&](int i) {
    return client_->BeginRestore(names[i], taken[i].reply.config_json, taken[i].reply.state, {},
                                 {});
  };
  const auto waits = [](const auto& future) {
    return future.wait_for(milliseconds(300)) == std::future_status::timeout;
  };
  auto first = begin(0);
  ASSERT_TRUE(first) << Why(first);
  auto second = std::async(std::launch::async, [&] { return begin(1); });
  EXPECT_EQ(waits(second), in_turns) << "the first has not begun to be unpacked";
  EXPECT_TRUE(SendAll(taken[0], **first));
  auto begun = second.get();
  ASSERT_TRUE(begun) << Why(begun);
  auto end = std::async(std::launch::async, [&] { return (*first)->Finish(seconds(30)); });
  EXPECT_EQ(waits(end), in_turns) << "the second has not begun to be unpacked";
  EXPECT_TRUE(SendAll(taken[1], **begun));
  const auto one = end.get();
  EXPECT_TRUE(one) << Why(one);
  const auto other = (*begun)->Finish(seconds(30));
  EXPECT_TRUE(other) << Why(other);
  for (const std::string& name : names) EXPECT_EQ(client_->GetStream(name)->state.messages, 40);
}

// Whoever waits for its turn is not dropped by the server for silence.
TEST_P(RestoreTo, AnEndThatWaitsForItsTurnStaysAlive) {
  if (GetParam() == "2.9") return;
  FillStream(*connection_, *client_, "S", 40, 100'000);
  KeepingSink taken;
  ASSERT_TRUE(client_->Snapshot("S", {}, {}, taken));
  ASSERT_TRUE(client_->DeleteStream("S"));
  RestoreTurn turn;
  auto session = RestoreTransfer::Begin(*connection_, "$JS.API.STREAM.RESTORE.S",
                                        RestoreRequest(taken.reply.config_json, taken.reply.state),
                                        seconds(5), {}, &turn, nullptr, {});
  ASSERT_TRUE(session) << Why(session);
  EXPECT_TRUE(SendAll(taken, **session));
  auto other = turn.TryTake(seconds(5));
  ASSERT_TRUE(other);
  auto end = std::async(std::launch::async, [&] { return (*session)->Finish(seconds(30)); });
  EXPECT_EQ(end.wait_for(milliseconds(6500)), std::future_status::timeout);
  other.reset();
  const auto restored = end.get();
  ASSERT_TRUE(restored) << Why(restored);
  EXPECT_EQ(restored->state.messages, 40);
}

// A deletion waits for a beginning, but not for ever.
TEST_P(RestoreTo, ADeletionWaitsForTheBeginningOfARestore) {
  if (GetParam() == "2.9") return;
  FillStream(*connection_, *client_, "GOES", 1, 10);
  const KeepingSink taken = TakeAway(*connection_, *client_, 20);
  auto session = client_->BeginRestore("S", taken.reply.config_json, taken.reply.state, {}, {});
  ASSERT_TRUE(session) << Why(session);
  auto deleted = std::async(std::launch::async, [&] { return client_->DeleteStream("GOES"); });
  EXPECT_EQ(deleted.wait_for(milliseconds(300)), std::future_status::timeout);
  session->reset();
  EXPECT_TRUE(deleted.get());
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

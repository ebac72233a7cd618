#include "service/nats/connection.h"

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "tests/support/tcp_socket.h"
#include "tests/unit/service/nats/fixture.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

using ConnectionTo = EachServer;

TEST_P(ConnectionTo, RequestsAreAnsweredAndHeadersCarried) {
  auto service = connection_->Subscribe("svc", "workers", [](const Message& request) {
    const std::string told(request.header("Who").value_or("nobody"));
    ASSERT_TRUE(
        request.Respond(std::string(request.data()) + "!", {{"For", told}, {"Bad", "a\r\nb"}}));
  });
  ASSERT_TRUE(service) << Why(service);
  const auto answer = connection_->Request("svc", "hello", seconds(2), {{"Who", "me"}});
  ASSERT_TRUE(answer) << Why(answer);
  EXPECT_EQ(answer->data(), "hello!");
  EXPECT_EQ(answer->header("For"), "me");
  EXPECT_EQ(answer->header("Bad"), "a  b");
  EXPECT_FALSE(answer->header("None"));
}

TEST_P(ConnectionTo, ARequestNobodyListensToFailsAtOnce) {
  const auto start = steady_clock::now();
  const auto answer = connection_->Request("no.such.subject", "", seconds(10));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kNoResponders);
  EXPECT_LT(steady_clock::now() - start, seconds(2));
}

TEST_P(ConnectionTo, ARequestNobodyAnswersTimesOut) {
  auto silent = connection_->Subscribe("silent", "", [](const Message&) {});
  const auto answer = connection_->Request("silent", "", milliseconds(300));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kTimeout);
}

TEST_P(ConnectionTo, ComesBackAfterARestartWithItsSubscriptions) {
  std::atomic<int> heard{0};
  auto subscription = connection_->Subscribe("news", "", [&](const Message&) { ++heard; });
  ASSERT_TRUE(connection_->Publish("news", "1"));
  ASSERT_TRUE(Eventually([&] { return heard == 1; }));
  const auto before = connection_->generation();
  server_->Kill();
  ASSERT_TRUE(Eventually([&] { return !connection_->connected(); }));
  EXPECT_EQ(connection_->Request("news", "", seconds(1)).error().code, Errc::kNotConnected);
  ASSERT_TRUE(connection_->Publish("news", "kept while there is no server"));
  server_->Start();
  ASSERT_TRUE(Eventually([&] { return connection_->connected(); }));
  EXPECT_GT(connection_->generation(), before);
  EXPECT_TRUE(Eventually([&] { return heard == 2; }));
}

// What a request rests on may have changed when a server is back.
TEST_P(ConnectionTo, ARequestIsNeverKeptForLater) {
  std::mutex mutex;
  std::vector<std::string> heard;
  auto subscription = connection_->Subscribe("kept", "", [&](const Message& message) {
    const std::lock_guard lock(mutex);
    heard.emplace_back(message.data());
  });
  server_->Kill();
  ASSERT_TRUE(Eventually([&] { return !connection_->connected(); }));
  const Status asked = connection_->PublishRequest("kept", connection_->NewInbox(), "a request");
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, Errc::kNotConnected);
  for (const char* event : {"1", "2", "3"}) ASSERT_TRUE(connection_->Publish("kept", event));
  server_->Start();
  ASSERT_TRUE(Eventually([&] { return connection_->connected(); }));
  ASSERT_TRUE(connection_->Publish("kept", "4"));
  EXPECT_TRUE(Eventually([&] {
    const std::lock_guard lock(mutex);
    return heard.size() >= 4;
  }));
  const std::lock_guard lock(mutex);
  EXPECT_THAT(heard, ::testing::ElementsAre("1", "2", "3", "4"));
}

// The library then holds its connection's lock for seconds, again and again.
TEST_P(ConnectionTo, AServerThatSaysNothingKeepsNoEventLoopWaiting) {
  auto subscription = connection_->Subscribe("news", "", [](const Message&) {});
  ASSERT_TRUE(subscription) << Why(subscription);
  const auto generation = connection_->KnownGeneration();
  EXPECT_EQ(connection_->KnownMaxPayload(), connection_->MaxPayload());
  server_->Kill();
  {
    const auto silent = testing::TcpSocket::ListenLoopback(server_->port());
    ASSERT_TRUE(silent.valid());
    ASSERT_TRUE(Eventually([&] { return !connection_->KnownConnected(); }));
    std::this_thread::sleep_for(seconds(3));  // the library is at it
    const auto begin = steady_clock::now();
    EXPECT_EQ(connection_->KnownState(), ConnectionState::kReconnecting);
    EXPECT_FALSE(connection_->connected());
    EXPECT_TRUE(connection_->Publish("news", "kept"));
    EXPECT_FALSE(connection_->PublishRequest("news", "inbox", ""));
    EXPECT_TRUE((*subscription)->Drain());
    subscription->reset();
    EXPECT_LT(steady_clock::now() - begin, milliseconds(1'500));
  }
  server_->Start();
  ASSERT_TRUE(Eventually([&] { return connection_->KnownConnected(); }, seconds(20)));
  EXPECT_GT(connection_->KnownGeneration(), generation);
  EXPECT_TRUE(connection_->Flush(seconds(5)));
}

TEST_P(ConnectionTo, AFloodOfAnswersKeepsNobodyLonger) {
  std::mutex mutex;
  std::string inbox;
  auto service = connection_->Subscribe("flood", "", [&](const Message& request) {
    const std::lock_guard lock(mutex);
    inbox = request.reply();
  });
  const auto begin = steady_clock::now();
  auto pending = connection_->Ask("flood", "");
  ASSERT_TRUE(pending) << Why(pending);
  ASSERT_TRUE(Eventually([&] {
    const std::lock_guard lock(mutex);
    return !inbox.empty();
  }));
  std::atomic<bool> stop{false};
  std::thread program([&] {
    const auto other = MustConnect(server_->Url());
    while (!stop) {
      for (int i = 0; i < 100; ++i) (void)other->Publish(inbox, "not what was asked for");
    }
  });
  Errc code = Errc::kInternal;
  while (steady_clock::now() - begin < seconds(20)) {
    const auto answer = pending->Next(begin + seconds(1));
    if (answer) continue;
    code = answer.error().code;
    break;
  }
  stop = true;
  program.join();
  EXPECT_EQ(code, Errc::kTimeout);
}

TEST_P(ConnectionTo, OpensWhileTheServerIsAway) {
  const std::string url = server_->Url();
  server_->Kill();
  ConnectionOptions options;
  options.servers = {url};
  std::mutex mutex;
  std::vector<ConnectionState> states;
  auto late = Connection::Open(options, [&](const ConnectionEvent& event) {
    const std::lock_guard lock(mutex);
    if (event.state_changed) states.push_back(event.state);
  });
  ASSERT_TRUE(late) << Why(late);
  EXPECT_EQ((*late)->state(), ConnectionState::kConnecting);
  EXPECT_EQ((*late)->WaitConnected(milliseconds(100)).error().code, Errc::kNotConnected);
  EXPECT_EQ((*late)->Request("x", "", seconds(1)).error().code, Errc::kNotConnected);
  std::atomic<int> heard{0};
  auto subscription = (*late)->Subscribe("early", "", [&](const Message&) { ++heard; });
  ASSERT_TRUE(subscription) << Why(subscription);
  server_->Start();
  ASSERT_TRUE((*late)->WaitConnected(seconds(10)));
  ASSERT_TRUE((*late)->Publish("early", ""));
  EXPECT_TRUE(Eventually([&] { return heard == 1; }));
  (*late)->Close();
  EXPECT_EQ((*late)->state(), ConnectionState::kClosed);
  const std::lock_guard lock(mutex);
  ASSERT_FALSE(states.empty());
  EXPECT_EQ(states.front(), ConnectionState::kConnected);
}

TEST_P(ConnectionTo, ADestroyedSubscriptionNeverCallsAgain) {
  for (int round = 0; round < 50; ++round) {
    auto calls = std::make_unique<std::atomic<int>>(0);
    auto subscription = connection_->Subscribe(
        "burst", "", [counter = calls.get()](const Message&) { ++*counter; });
    ASSERT_TRUE(subscription);
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(connection_->Publish("burst", ""));
    subscription->reset();
    calls.reset();  // a late call would write to freed memory
  }
  ASSERT_TRUE(connection_->Flush(seconds(2)));
}

TEST_P(ConnectionTo, DrainLetsHandlersFinish) {
  std::atomic<int> handled{0};
  auto subscription = connection_->Subscribe("slow", "", [&](const Message&) {
    std::this_thread::sleep_for(milliseconds(5));
    ++handled;
  });
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(connection_->Publish("slow", ""));
  ASSERT_TRUE(connection_->Flush(seconds(2)));
  const auto drained = connection_->Drain(seconds(5));
  EXPECT_TRUE(drained) << Why(drained);
  EXPECT_EQ(handled, 50);
  EXPECT_EQ(connection_->state(), ConnectionState::kClosed);
}

INSTANTIATE_TEST_SUITE_P(All, ConnectionTo, ::testing::ValuesIn(testing::ServerVersions()),
                         TestName);

TEST(Connection, ARefusedLoginIsToldWithoutTheSecret) {
  testing::NatsServerOptions options;
  options.user = "u";
  options.password = "right";
  testing::NatsServer server(options);
  const std::string url = "nats://127.0.0.1:" + std::to_string(server.port());
  ConnectionOptions wrong;
  wrong.servers = {url};
  wrong.user = "u";
  wrong.password = "wrong-secret";
  auto connection = Connection::Open(wrong);
  ASSERT_TRUE(connection) << Why(connection);
  const auto ready = (*connection)->WaitConnected(seconds(10));
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::kPermissionDenied);
  EXPECT_THAT(ready.error().message, ::testing::Not(HasSubstr("wrong-secret")));
  EXPECT_EQ((*connection)->state(), ConnectionState::kConnecting);
}

TEST(Connection, ReopensAfterTheServerHasThrownItOut) {
  // A message beyond the limit makes the server end the connection with an error that the client
  // library does not come back from.
  testing::NatsServer server({});
  auto connection = MustConnect(server.Url());
  std::atomic<int> heard{0};
  auto subscription = connection->Subscribe("stays", "", [&](const Message&) { ++heard; });
  ASSERT_TRUE(connection->Publish("stays", ""));
  ASSERT_TRUE(Eventually([&] { return heard == 1; }));
  const auto before = connection->generation();
  (void)connection->Publish("far too many words", "");
  ASSERT_TRUE(Eventually([&] { return connection->generation() != before; }));
  ASSERT_TRUE(connection->WaitConnected(seconds(10)));
  EXPECT_TRUE(Eventually([&] {
    (void)connection->Publish("stays", "");
    return heard > 1;
  }));
}

TEST(Connection, OptionsThatMakeNoSenseAreRefused) {
  ConnectionOptions options;
  options.user = "u";
  options.token = "t";
  EXPECT_EQ(Connection::Open(options).error().code, Errc::kConfigInvalid);
  ConnectionOptions missing;
  missing.tls_ca_file = "/nowhere/ca.pem";
  EXPECT_EQ(Connection::Open(missing).error().code, Errc::kConfigInvalid);
}

}  // namespace
}  // namespace jetkeep

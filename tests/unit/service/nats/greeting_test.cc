#include "service/nats/greeting.h"

#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "tests/support/tcp_socket.h"
#include "tests/unit/service/nats/fixture.h"

namespace jetkeep {
namespace {

using ServerIdentityOn = EachServer;

TEST_P(ServerIdentityOn, TellsVersionNameAndPayload) {
  const auto identity = client_->Server();
  ASSERT_TRUE(identity) << Why(identity);
  EXPECT_EQ(identity->version.rfind(GetParam() + ".", 0), 0u) << identity->version;
  EXPECT_FALSE(identity->name.empty());
  EXPECT_EQ(identity->cluster, "");
  EXPECT_EQ(identity->max_payload, 1048576u);
}

INSTANTIATE_TEST_SUITE_P(All, ServerIdentityOn, ::testing::ValuesIn(testing::ServerVersions()),
                         TestName);

TEST(ServerIdentity, NobodyThereIsAnErrorInTime) {
  const auto info = AskServerInfo("nats://127.0.0.1:1", std::chrono::milliseconds(500));
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Errc::kNotConnected);
}

// Listens for one connection, says one thing and leaves it open.
class OneLiner {
 public:
  explicit OneLiner(const std::string& text) {
    thread_ = std::thread([this, text] {
      const int peer = ::accept(listener_.descriptor(), nullptr, nullptr);
      static_cast<void>(::send(peer, text.data(), text.size(), MSG_NOSIGNAL));
      char ignored = 0;
      static_cast<void>(::recv(peer, &ignored, 1, 0));  // until the other side leaves
      ::close(peer);
    });
  }
  ~OneLiner() { thread_.join(); }
  std::string Url() const { return "nats://127.0.0.1:" + std::to_string(listener_.LocalPort()); }

 private:
  testing::TcpSocket listener_ = testing::TcpSocket::ListenLoopback(0);
  std::thread thread_;
};

TEST(Greeting, IsToldFromWhatElseMayListen) {
  using Outcome = Greeting::Outcome;
  const std::pair<std::string, Outcome> cases[] = {
      {"INFO {\"version\":\"1\"}\r\n", Outcome::kGreeted},
      {"HTTP/1.1 400 Bad\r\n", Outcome::kNotNats},
      {"-ERR 'full'\r\n", Outcome::kRefused},
      {"INFO {", Outcome::kSilent},
      {"", Outcome::kSilent}};
  for (const auto& [text, outcome] : cases) {
    OneLiner server(text);
    const Greeting greeting = ReadGreeting(server.Url(), std::chrono::milliseconds(300));
    EXPECT_EQ(greeting.outcome, outcome) << text;
    EXPECT_EQ("nats://" + greeting.address, server.Url());
  }
  EXPECT_EQ(ReadGreeting("nats://no-such-host.invalid", std::chrono::milliseconds(300)).outcome,
            Outcome::kNameNotFound);
  EXPECT_EQ(ReadGreeting("127.0.0.1:1", std::chrono::milliseconds(300)).outcome,
            Outcome::kNotReached);
}

}  // namespace
}  // namespace jetkeep

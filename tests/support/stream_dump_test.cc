// The harness itself: a dump equals itself, and every kind of difference is found.
#include "tests/support/stream_dump.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/support/nats_server.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;

class StreamDumpTest : public ::testing::TestWithParam<std::string> {
 protected:
  static std::unique_ptr<NatsServer>& Server() {
    static std::unique_ptr<NatsServer> server;
    return server;
  }
  void SetUp() override {
    if (!Server() || Server()->options().version != GetParam()) {
      Server().reset();
      Server() = std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam()});
    }
    client_ = std::make_unique<JetStreamClient>(Server()->Url());
    client_->DeleteStreamIfThere("S");
  }
  static void TearDownTestSuite() { Server().reset(); }

  void Fill(const std::string& stream = "S", const std::string& retention = "limits") {
    client_->CreateStream({{"name", stream},
                           {"subjects", {stream + ".>"}},
                           {"storage", "file"},
                           {"retention", retention}});
    client_->CreateConsumer(stream, {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
    for (int i = 0; i < 20; ++i) {
      client_->PublishAcked(stream + "." + std::to_string(i), std::string(100, 'x'),
                            HeaderBlock({{"Number", std::to_string(i)}}));
    }
  }

  std::unique_ptr<JetStreamClient> client_;
};

TEST_P(StreamDumpTest, EqualsItselfAndLeavesTheStreamAlone) {
  // A name of its own for each: a stream made anew at once took messages twice on a busy machine.
  for (const std::string retention : {"limits", "workqueue", "interest"}) {
    Fill(retention, retention);
    const auto messages = client_->Fetch(retention, "worker", 5);
    ASSERT_EQ(messages.size(), 5U);
    client_->Ack(messages[0]);
    const StreamDump first = DumpStream(*client_, retention);
    const StreamDump second = DumpStream(*client_, retention);
    EXPECT_EQ(Joined(Compare(first, second)), "") << retention;
    EXPECT_EQ(first.messages.size(), retention == "limits" ? 20U : 19U);
    EXPECT_EQ(first.consumers.size(), 1U);
    EXPECT_EQ(first.consumers.at("worker")["num_ack_pending"], 4);
    client_->DeleteStream(retention);
  }
}

TEST_P(StreamDumpTest, FindsMissingChangedAndAddedMessages) {
  Fill();
  const StreamDump before = DumpStream(*client_, "S");
  client_->DeleteMessage("S", 7);
  client_->PublishAcked("S.more", "new");
  StreamDump after = DumpStream(*client_, "S");
  after.messages[2].digest ^= 1;
  const std::string differences = Joined(Compare(before, after));
  EXPECT_NE(differences.find("message 7 is missing"), std::string::npos) << differences;
  EXPECT_NE(differences.find("message 21 is one too many"), std::string::npos) << differences;
  EXPECT_NE(differences.find("message 3 differs"), std::string::npos) << differences;
  EXPECT_NE(differences.find("state.deleted"), std::string::npos) << differences;
}

TEST_P(StreamDumpTest, FindsDifferentConsumersAndConfiguration) {
  Fill();
  const StreamDump before = DumpStream(*client_, "S");
  client_->Ack(client_->Fetch("S", "worker", 1).at(0));
  client_->CreateConsumer("S", {{"durable_name", "second"}, {"ack_policy", "explicit"}});
  Json config = before.config;
  config["max_msgs"] = 1000;
  client_->UpdateStream(config);
  const std::string differences = Joined(Compare(before, DumpStream(*client_, "S")));
  EXPECT_NE(differences.find("consumer worker.ack_floor"), std::string::npos) << differences;
  EXPECT_NE(differences.find("consumer second is one too many"), std::string::npos) << differences;
  EXPECT_NE(differences.find("config.max_msgs"), std::string::npos) << differences;
}

TEST_P(StreamDumpTest, ReadsAMillionMessages) {
  client_->CreateStream({{"name", "S"}, {"subjects", {"s.>"}}, {"storage", "file"}});
  constexpr std::uint64_t kCount = 1'000'000;
  client_->PublishMany(kCount, [](std::uint64_t i) {
    return OutgoingMessage{"s." + std::to_string(i % 100), "payload " + std::to_string(i), ""};
  });
  const StreamDump dump = DumpStream(*client_, "S");
  ASSERT_EQ(dump.messages.size(), kCount);
  EXPECT_EQ(dump.messages.back().sequence, kCount);
}

INSTANTIATE_TEST_SUITE_P(Servers, StreamDumpTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

TEST(NatsClusterTest, ElectsALeaderAndReplicatesAgainAfterARestart) {
  NatsCluster cluster({.version = "2.10"});
  {
    JetStreamClient client(cluster.Url());
    client.CreateStream({{"name", "R3"}, {"subjects", {"r"}}, {"num_replicas", 3}});
    client.PublishAcked("r", "one");
  }
  cluster.RestartAll();
  JetStreamClient client(cluster.Url());
  // Nobody answers for the stream until it has a leader again.
  std::uint64_t messages = 0;
  for (int i = 0; i < 10 && messages == 0; ++i) {
    try {
      messages = client.StreamInfo("R3").at("state").at("messages").get<std::uint64_t>();
    } catch (const std::exception&) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  }
  EXPECT_EQ(messages, 1U);
}

TEST(NatsServerTest, KeepsPortsAndStoreOverAKill) {
  NatsServer server({.version = "2.10", .user = "u", .password = "secret"});
  const auto port = server.port();
  {
    JetStreamClient client(server.Url());
    client.CreateStream({{"name", "K"}, {"subjects", {"k"}}});
    client.PublishAcked("k", "one");
  }
  server.Kill();
  server.Start();
  EXPECT_EQ(server.port(), port);
  JetStreamClient client(server.Url());
  EXPECT_EQ(client.StreamInfo("K").at("state").at("messages"), 1);
}

TEST(Base64Test, ComesBackAsItWas) {
  const std::string bytes("\x00\xff\x10 abc", 7);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    EXPECT_EQ(DecodeBase64(EncodeBase64(bytes.substr(0, size))), bytes.substr(0, size));
  }
}

}  // namespace
}  // namespace jetkeep::testing

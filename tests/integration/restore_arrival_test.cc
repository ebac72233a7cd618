// What happens to a stream from the moment it is back: producers and workers never stop, and its
// own rules remove what is too old. None of that is a mismatch, and nothing of it goes unsaid.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "tests/integration/place.h"
#include "tests/integration/round_trip.h"
#include "tests/support/scratch_directory.h"

namespace jetkeep::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

class AllServersTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { JETKEEP_NEEDS_SERVER(GetParam()); }
  bool Since(const std::string& version) const { return AtLeast(GetParam(), version); }
  ScratchDirectory directory_{"meaning"};
};

// Producers and a worker never stop, so newer messages are there before the restore has ended.
TEST_P(AllServersTest, UnderLiveProducersAWholeStreamIsNoMismatch) {
  Place place(GetParam(), directory_ / "repository");
  JetStreamClient& client = place.client();
  const Json config{{"name", "S"}, {"subjects", {"S.>"}}};
  client.CreateStream(config);
  client.CreateConsumer("S", {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
  client.PublishMany(3000, [](std::uint64_t i) {
    return OutgoingMessage{"S.old", "old " + std::to_string(i), ""};
  });
  for (const NatsMessage& message : client.Fetch("S", "worker", 20)) client.Ack(message);
  place.BackUp("S");
  std::atomic<bool> stop = false;
  std::thread producer([&] {
    NatsClient live(place.server().Url());
    while (!stop) {
      for (int i = 0; i < 50; ++i) live.Publish("S.new", "new");
      live.Flush();
    }
  });
  std::thread worker([&] {
    JetStreamClient live(place.server().Url());
    while (!stop) {
      try {
        for (const NatsMessage& message : live.Fetch("S", "worker", 10, milliseconds(50))) {
          live.Ack(message);
        }
      } catch (const std::runtime_error&) {
        // The stream is away.
      }
    }
  });
  for (int i = 0; i < 6; ++i) {
    client.DeleteStream("S");
    const Json answer = place.Restore("S");
    EXPECT_FALSE(answer.contains("error")) << answer;
    const Json first = client.Api("STREAM.MSG.GET.S", {{"seq", 3000}});
    EXPECT_EQ(first.at("message").at("subject"), "S.old");
    const Json state = client.StreamInfo("S").at("state");
    EXPECT_EQ(state.at("first_seq"), 1);
    EXPECT_GE(state.at("messages"), 3000);
  }
  stop = true;
  producer.join();
  worker.join();
}

TEST_P(AllServersTest, UnderLiveProducersAnEmptyStreamIsNoMismatch) {
  Place place(GetParam(), directory_ / "repository");
  JetStreamClient& client = place.client();
  client.CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
  place.BackUp("S");
  std::atomic<bool> stop = false;
  std::thread producer([&] {
    NatsClient live(place.server().Url());
    while (!stop) {
      live.Publish("S.new", "new");
      live.Flush();
    }
  });
  for (int i = 0; i < 6; ++i) {
    client.DeleteStream("S");
    const Json answer = place.Restore("S");
    EXPECT_FALSE(answer.contains("error")) << answer;
  }
  stop = true;
  producer.join();
}

// What has expired goes by the server's clock, not by that of the machine that Jetkeep runs on.
TEST_P(AllServersTest, AWrongClockChangesNothingAboutWhatHasExpired) {
  if (std::getenv("JETKEEP_SANITIZED") != nullptr) GTEST_SKIP() << "cannot preload a library";
  const std::string repository = directory_ / "repository";
  Place place(GetParam(), repository);
  JetStreamClient& client = place.client();
  const auto make = [&](const std::string& name, std::int64_t max_age_ns) {
    client.CreateStream({{"name", name}, {"subjects", {name}}, {"max_age", max_age_ns}});
    client.PublishMany(20, [&](std::uint64_t) { return OutgoingMessage{name, "v", ""}; });
    place.BackUp(name);
    client.DeleteStream(name);
  };
  make("LIVES", 3600 * kSecondNs);
  make("GOES", kSecondNs);
  std::this_thread::sleep_for(milliseconds(1100));
  place.jetkeep().Stop();
  for (const std::string shift : {"-172800", "172800"}) {
    SCOPED_TRACE("clock " + shift);
    JetkeepProcess wrong(
        {.server_url = place.server().Url(),
         .repository = repository,
         .environment = {{"LD_PRELOAD", JETKEEP_SHIFTED_CLOCK}, {"JETKEEP_CLOCK_SHIFT", shift}}});
    const Json lives = place.Restore("LIVES");
    ASSERT_FALSE(lives.contains("error")) << lives;
    EXPECT_EQ(client.StreamInfo("LIVES").at("state").at("messages"), 20);
    EXPECT_THAT(WarningsOf(lives), Not(HasSubstr("of the backup"))) << "none has expired";
    const Json goes = place.Restore("GOES");
    ASSERT_FALSE(goes.contains("error")) << goes;
    EXPECT_THAT(WarningsOf(goes), HasSubstr("20 messages of the backup"));
    EXPECT_THAT(WarningsOf(goes), HasSubstr("the clock of this machine is 17"));
    EXPECT_TRUE(client.ConsumerNames("GOES").empty());
    client.DeleteStream("LIVES");
    client.DeleteStream("GOES");
  }
}

// A stream that is full: each new message removes one of the backup's.
TEST_P(AllServersTest, LiveProducersOfAFullStreamRemoveWhatItsLimitsSay) {
  Place place(GetParam(), directory_ / "repository");
  JetStreamClient& client = place.client();
  client.CreateStream({{"name", "S"}, {"subjects", {"S.>"}}, {"max_msgs", 500}});
  client.PublishMany(600, [](std::uint64_t) { return OutgoingMessage{"S.old", "old", ""}; });
  place.BackUp("S");
  std::atomic<bool> stop = false;
  std::thread producer([&] {
    NatsClient live(place.server().Url());
    while (!stop) {
      for (int i = 0; i < 20; ++i) live.Publish("S.new", "new");
      live.Flush();
    }
  });
  for (int i = 0; i < 4; ++i) {
    client.DeleteStream("S");
    const Json answer = place.Restore("S");
    EXPECT_FALSE(answer.contains("error")) << answer;
    EXPECT_EQ(client.StreamInfo("S").at("state").at("messages"), 500);
  }
  stop = true;
  producer.join();
}

// What is too old when it arrives goes by the stream's own rules: a warning with the count.
TEST_P(AllServersTest, MessagesPastTheirAgeAreAWarning) {
  for (const std::string storage : {"file", "memory"}) {
    if (storage == "memory" && !Since("2.15")) continue;
    SCOPED_TRACE(storage);
    Place place(GetParam(), directory_ / ("repository-" + storage));
    JetStreamClient& client = place.client();
    Json config{{"name", "KV_B"},       {"subjects", {"$KV.B.>"}},
                {"storage", storage},   {"max_msgs_per_subject", 1},
                {"allow_direct", true}, {"allow_rollup_hdrs", true}};
    const bool ttl = Since("2.11");
    if (ttl) config["allow_msg_ttl"] = true;
    // Servers raise a time to live to at least this.
    if (ttl) config["subject_delete_marker_ttl"] = kSecondNs;
    if (!ttl) config["max_age"] = 3 * kSecondNs;
    client.CreateStream(config);
    const auto now = std::chrono::steady_clock::now();
    for (int i = 0; i < 30; ++i) {
      const std::string headers = ttl && i < 10 ? HeaderBlock({{"Nats-TTL", "3s"}}) : std::string();
      client.PublishAcked("$KV.B.k" + std::to_string(i), "v", headers);
    }
    // A watcher, as clients make one.
    NatsClient watching(place.server().Url());
    watching.Subscribe("watch.B");
    watching.Flush();
    client.CreateConsumer("KV_B", {{"name", "watcher"},
                                   {"deliver_subject", "watch.B"},
                                   {"deliver_policy", "last_per_subject"},
                                   {"filter_subject", "$KV.B.>"},
                                   {"ack_policy", "none"},
                                   {"mem_storage", true},
                                   {"inactive_threshold", 300 * kSecondNs}});
    place.BackUp("KV_B");
    client.DeleteStream("KV_B");
    std::this_thread::sleep_until(now + milliseconds(4500));

    const Json drilled = place.Drill("KV_B");
    EXPECT_EQ(drilled.value("damaged", 9), 0) << drilled;
    // A drill's stream has no such rules; but an archive of format 2 (the watcher lives in memory)
    // is stored message by message, without those whose time has passed.
    const bool gone = ttl && Since("2.15");
    EXPECT_EQ(WarningsOf(drilled).find("10 messages of the backup") != std::string::npos, gone)
        << drilled;
    const Json answer = place.Restore("KV_B");
    ASSERT_FALSE(answer.contains("error")) << answer;
    EXPECT_THAT(WarningsOf(answer), HasSubstr(ttl ? "10 messages" : "30 messages")) << answer;
    const int left = ttl ? 20 : 0;
    // The markers of the keys that went may have come; they go, too.
    const auto messages = [&] { return client.StreamInfo("KV_B").at("state").at("messages"); };
    for (int i = 0; i < 200 && messages() != left; ++i) {
      std::this_thread::sleep_for(milliseconds(50));
    }
    EXPECT_EQ(messages(), left);
    for (int i = 10; ttl && i < 30; ++i) {
      const Json kept =
          client.Api("STREAM.MSG.GET.KV_B", {{"last_by_subj", "$KV.B.k" + std::to_string(i)}});
      EXPECT_EQ(kept.at("message").at("seq"), i + 1);
    }
  }
}

// Servers write such a consumer down otherwise once it was restored.
TEST_P(AllServersTest, AConsumerWithoutADurableNameIsNoDamageOnceItWasRestored) {
  Place place(GetParam(), directory_ / "repository");
  JetStreamClient& client = place.client();
  client.CreateStream({{"name", "S"}, {"subjects", {"S"}}});
  for (int i = 0; i < 5; ++i) client.PublishAcked("S", "x");
  client.CreateConsumer(
      "S",
      {{"name", "passing"}, {"ack_policy", "explicit"}, {"inactive_threshold", 900 * kSecondNs}});
  EXPECT_EQ(client.Fetch("S", "passing", 3).size(), 3U);
  for (int life = 1; life <= 2; ++life) {
    SCOPED_TRACE(life);
    const Json backup = BackUp(client, "S");
    EXPECT_EQ(WarningsOf(backup), "[]") << backup;
    const Json drilled = place.Drill("S");
    EXPECT_EQ(drilled.value("damaged", 9), 0) << drilled;
    client.DeleteStream("S");
    const Json answer = place.Restore("S");
    ASSERT_FALSE(answer.contains("error")) << answer;
    EXPECT_EQ(WarningsOf(answer), "[]");
    EXPECT_EQ(client.ConsumerInfo("S", "passing").at("num_ack_pending"), 3);
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, AllServersTest, ::testing::ValuesIn(AllServerVersions()),
                         VersionName);

// A mirror keeps what has gone from its origin: there the times to live mean nothing. Stored from
// an archive of format 2 they do, which only memory needs.
TEST(MirrorArrivalTest, TimesToLiveOfTheOriginsMessages) {
  const std::string version = "2.15.3";
  JETKEEP_NEEDS_SERVER(version);
  ScratchDirectory directory("meaning");
  Place place(version, directory / "repository");
  JetStreamClient& client = place.client();
  client.CreateStream({{"name", "ORIGIN"}, {"subjects", {"o.>"}}, {"allow_msg_ttl", true}});
  for (int i = 0; i < 20; ++i) {
    client.PublishAcked("o.a", "v", i < 8 ? HeaderBlock({{"Nats-TTL", "1s"}}) : std::string());
  }
  const auto messages = [&](const std::string& stream) {
    return client.StreamInfo(stream).at("state").at("messages").get<int>();
  };
  for (const std::string storage : {"file", "memory"}) {
    client.CreateStream(
        {{"name", storage}, {"storage", storage}, {"mirror", {{"name", "ORIGIN"}}}});
    for (int i = 0; i < 200 && messages(storage) != 20; ++i) {
      std::this_thread::sleep_for(milliseconds(20));
    }
    client.CreateConsumer(
        storage, {{"durable_name", "c"}, {"ack_policy", "explicit"}, {"mem_storage", true}});
    place.BackUp(storage);
    client.DeleteStream(storage);
  }
  for (int i = 0; i < 200 && messages("ORIGIN") != 12; ++i) {
    std::this_thread::sleep_for(milliseconds(20));
  }
  client.DeleteStream("ORIGIN");
  for (const std::string storage : {"file", "memory"}) {
    SCOPED_TRACE(storage);
    const Json drilled = place.Drill(storage);
    EXPECT_EQ(drilled.value("damaged", 9), 0) << drilled;
    const Json answer = place.Restore(storage);
    ASSERT_FALSE(answer.contains("error")) << answer;
    const bool gone = storage == "memory";
    EXPECT_EQ(messages(storage), gone ? 12 : 20);
    EXPECT_EQ(WarningsOf(answer).find("8 messages") != std::string::npos, gone) << answer;
  }
}

// Three replicas; one message waits to be acknowledged, and its time passes, too.
TEST(ClusterArrivalTest, TimesToLiveThatHavePassedAreAWarning) {
  const std::string version = "2.15.3";
  JETKEEP_NEEDS_SERVER(version);
  NatsCluster cluster({.version = version});
  JetkeepProcess jetkeep({.server_url = cluster.Url()});
  JetStreamClient client(cluster.Url());
  client.CreateStream({{"name", "KV_B"},
                       {"subjects", {"$KV.B.>"}},
                       {"num_replicas", 3},
                       {"max_msgs_per_subject", 1},
                       {"allow_msg_ttl", true},
                       {"allow_rollup_hdrs", true}});
  const auto now = std::chrono::steady_clock::now();
  client.PublishMany(30, [](std::uint64_t i) {
    return OutgoingMessage{"$KV.B.k" + std::to_string(i), "v",
                           i < 10 ? HeaderBlock({{"Nats-TTL", "3s"}}) : std::string()};
  });
  client.CreateConsumer("KV_B", {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
  EXPECT_EQ(client.Fetch("KV_B", "worker", 12).size(), 12U);
  BackUp(client, "KV_B");
  client.DeleteStream("KV_B");
  std::this_thread::sleep_until(now + milliseconds(4500));
  const Json drilled = Ask(client, "backup.verify",
                           {{"stream", "KV_B"}, {"drill", true}, {"wait", true}}, seconds(120));
  EXPECT_EQ(drilled.value("damaged", 9), 0) << drilled;
  EXPECT_EQ(WarningsOf(drilled).find("10 messages"), std::string::npos) << drilled;
  const Json answer = RestoreNewest(client, "KV_B");
  EXPECT_THAT(WarningsOf(answer), HasSubstr("10 messages")) << answer;
  for (int i = 0; i < 200 && client.StreamInfo("KV_B").at("state").at("messages") != 20; ++i) {
    std::this_thread::sleep_for(milliseconds(50));
  }
  EXPECT_EQ(client.StreamInfo("KV_B").at("state").at("messages"), 20);
  EXPECT_EQ(client.ConsumerNames("KV_B"), std::vector<std::string>{"worker"});
}

}  // namespace
}  // namespace jetkeep::testing

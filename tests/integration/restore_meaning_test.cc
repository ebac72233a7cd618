// A restore keeps the meaning of what it brings back, or says so before it sends anything: onto
// older and newer servers, with consumers that the server refuses, with messages that expire, under
// producers that never stop, into accounts that are too small. The judge is a real client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/support/scratch_directory.h"

namespace jetkeep::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kPermissionDenied = 70522;
constexpr int kConfigUnsupported = 70573;
constexpr int kConsumerRefused = 70574;
constexpr int kLimitTooSmall = 70575;
constexpr std::int64_t kSecondNs = 1'000'000'000;

// A server with a Jetkeep beside it, over a repository that others share.
class Place {
 public:
  Place(const NatsServerOptions& server, const std::string& repository,
        std::vector<std::string> arguments = {}, const std::string& user = {})
      : server_(server) {
    url_ = server_.Url();
    if (!user.empty()) url_ = "nats://" + user + "@127.0.0.1:" + std::to_string(server_.port());
    jetkeep_ = std::make_unique<JetkeepProcess>(JetkeepOptions{
        .server_url = url_, .repository = repository, .arguments = std::move(arguments)});
    client_ = std::make_unique<JetStreamClient>(url_);
  }
  Place(const std::string& version, const std::string& repository)
      : Place(NatsServerOptions{.version = version}, repository) {}

  NatsServer& server() { return server_; }
  JetStreamClient& client() { return *client_; }

  void BackUp(const std::string& stream) {
    const Json done = testing::BackUp(*client_, stream);
    EXPECT_EQ(done.at("result").at("condition"), "complete");
  }
  // The answer to a restore, an error as it is.
  Json Restore(const std::string& stream, const Json& more = Json::object(),
               seconds timeout = seconds(60)) {
    Json request{{"stream", stream}, {"wait", true}};
    request.update(more);
    return Ask(*client_, "restore.request", request, timeout);
  }
  Json Verify(const std::string& stream) {
    return Ask(*client_, "backup.verify", {{"stream", stream}, {"drill", true}, {"wait", true}},
               seconds(60));
  }

 private:
  NatsServer server_;
  std::string url_;
  std::unique_ptr<JetkeepProcess> jetkeep_;
  std::unique_ptr<JetStreamClient> client_;
};

int Code(const Json& answer) {
  return answer.contains("error") ? answer["error"].value("err_code", 0) : 0;
}
std::string Text(const Json& answer) { return answer.dump(); }
std::string Warnings(const Json& answer) { return answer.value("warnings", Json::array()).dump(); }

// A stream of 2.15 whose meaning hangs on one setting.
struct Meaning {
  std::string name;
  std::string field;
  std::string since;
  Json stream = Json::object();
  Json consumer = Json::object();  // empty: none
};

std::vector<Meaning> Meanings() {
  const Json explicit_acks{{"ack_policy", "explicit"}};
  const auto consumer = [&](const Json& more) {
    Json config = explicit_acks;
    config.update(more);
    return config;
  };
  return {
      {"FILTERS", "filter_subjects", "2.10", Json::object(),
       consumer({{"filter_subjects", {"FILTERS.a", "FILTERS.b"}}})},
      {"TRANSFORM",
       "subject_transform",
       "2.10",
       {{"subject_transform", {{"src", "TRANSFORM.>"}, {"dest", "into.>"}}}}},
      {"COMPRESSED", "compression", "2.10", {{"compression", "s2"}}},
      {"NUMBERED", "first_seq", "2.10", {{"first_seq", 100}}},
      {"LABELLED", "metadata", "2.10", {{"metadata", {{"owner", "team"}}}}},
      {"LIMITING", "consumer_limits", "2.10", {{"consumer_limits", {{"max_ack_pending", 50}}}}},
      {"PAUSED", "pause_until", "2.11", Json::object(),
       consumer({{"pause_until", "2099-01-01T00:00:00Z"}})},
      {"EXPIRING", "allow_msg_ttl", "2.11", {{"allow_msg_ttl", true}}},
      {"GROUPED", "priority_groups", "2.11", Json::object(),
       consumer({{"priority_policy", "overflow"}, {"priority_groups", {"g"}}})},
      {"COUNTING", "allow_msg_counter", "2.12", {{"allow_msg_counter", true}}},
      {"ATOMIC", "allow_atomic", "2.12", {{"allow_atomic", true}}},
      {"LATER", "allow_msg_schedules", "2.12", {{"allow_msg_schedules", true}}},
      {"LAZY", "persist_mode", "2.12", {{"persist_mode", "async"}}},
      {"RANKED", "priority_policy", "2.12", Json::object(),
       consumer({{"priority_policy", "prioritized"}, {"priority_groups", {"g"}}})},
      {"BATCHED", "allow_batched", "2.14", {{"allow_batched", true}}},
      {"FLOWING",
       "ack_policy",
       "2.14",
       Json::object(),
       {{"ack_policy", "flow_control"},
        {"deliver_subject", "flow.here"},
        {"flow_control", true},
        {"idle_heartbeat", kSecondNs},
        {"max_ack_pending", 100}}},
  };
}

void Make(JetStreamClient& client, const Meaning& meaning) {
  Json config{{"name", meaning.name}, {"subjects", {meaning.name + ".>"}}};
  config.update(meaning.stream);
  client.CreateStream(config);
  if (!meaning.stream.contains("allow_msg_counter")) {
    for (int i = 0; i < 60; ++i) {
      const std::string kind(1, static_cast<char>('a' + i % 3));
      client.PublishAcked(meaning.name + "." + kind, "m" + std::to_string(i));
    }
  } else {
    client.PublishAcked(meaning.name + ".n", "", HeaderBlock({{"Nats-Incr", "7"}}));
  }
  if (!meaning.consumer.empty()) {
    Json consumer = meaning.consumer;
    consumer["durable_name"] = "c";
    client.CreateConsumer(meaning.name, consumer);
  }
}

// What a client sees that the setting works.
void ExpectMeant(JetStreamClient& client, const Meaning& meaning) {
  const std::string& name = meaning.name;
  if (name == "FILTERS") {
    EXPECT_EQ(client.ConsumerInfo(name, "c").at("num_pending"), 40);
  }
  if (name == "TRANSFORM") {
    client.PublishAcked("TRANSFORM.new", "x");
    const Json message = client.Api("STREAM.MSG.GET." + name, {{"last_by_subj", "into.new"}});
    EXPECT_EQ(message.at("message").at("subject"), "into.new");
  }
  if (name == "PAUSED") {
    EXPECT_TRUE(client.ConsumerInfo(name, "c").value("paused", false));
    EXPECT_TRUE(client.Fetch(name, "c", 1, milliseconds(300)).empty());
  }
  if (name == "COUNTING") {
    const Json answer = client
                            .Request("COUNTING.n", "", JetStreamClient::kDefaultTimeout,
                                     HeaderBlock({{"Nats-Incr", "1"}}))
                            .Json();
    EXPECT_EQ(answer.value("val", ""), "8");
  }
  if (name == "LABELLED") {
    EXPECT_EQ(client.StreamInfo(name).at("config").at("metadata").at("owner"), "team");
  }
}

class DowngradeTest : public ::testing::TestWithParam<std::string> {};

TEST_P(DowngradeTest, WhatTheServerCannotHonourIsNamedBeforeAnythingIsSent) {
  JETKEEP_NEEDS_SERVER(GetParam());
  const std::string& target = GetParam();
  ScratchDirectory directory("meaning");
  const std::string repository = directory / "repository";
  {
    Place origin("2.15.3", repository);
    for (const Meaning& meaning : Meanings()) {
      SCOPED_TRACE(meaning.name);
      Make(origin.client(), meaning);
      origin.BackUp(meaning.name);
    }
  }
  Place place(target, repository);
  for (const Meaning& meaning : Meanings()) {
    SCOPED_TRACE(meaning.name);
    // 2.10 would purge a stream that begins at its first_seq, so it goes without.
    const bool without = meaning.field == "first_seq" && target == "2.10";
    const Json answer = place.Restore(meaning.name, {{"drop_unknown", without}});
    if (without) {
      ASSERT_FALSE(answer.contains("error")) << Text(answer);
      EXPECT_THAT(Warnings(answer), HasSubstr("first_seq"));
      EXPECT_EQ(place.client().StreamInfo(meaning.name).at("state").at("messages"), 60);
      continue;
    }
    if (AtLeast(target, meaning.since)) {
      ASSERT_FALSE(answer.contains("error")) << Text(answer);
      EXPECT_EQ(Warnings(answer), "[]");
      ExpectMeant(place.client(), meaning);
      place.client().DeleteStream(meaning.name);
      continue;
    }
    EXPECT_EQ(Code(answer), kConfigUnsupported) << Text(answer);
    EXPECT_THAT(Text(answer), HasSubstr(meaning.field));
    EXPECT_THAT(Text(answer), HasSubstr("known from 2."));
    EXPECT_FALSE(place.client().StreamExists(meaning.name));

    const Json dropped =
        place.Restore(meaning.name, {{"drop_unknown", true}, {"skip_refused_consumers", true}});
    ASSERT_FALSE(dropped.contains("error")) << Text(dropped);
    EXPECT_THAT(Warnings(dropped), HasSubstr(meaning.field)) << Text(dropped);
    place.client().DeleteStream(meaning.name);
  }
  // What is dropped is not there after a restart either, and nothing keeps the stream from loading.
  const Json again = place.Restore("EXPIRING", {{"drop_unknown", true}});
  ASSERT_FALSE(again.contains("error")) << Text(again);
  place.server().Restart();
  JetStreamClient after(place.server().Url());
  EXPECT_EQ(after.StreamInfo("EXPIRING").at("state").at("messages"), 60);
}

INSTANTIATE_TEST_SUITE_P(Servers, DowngradeTest,
                         ::testing::Values("2.9", "2.10", "2.11", "2.12", "2.14", "2.15.3"),
                         VersionName);

// A newer server takes what an older one wrote, and nothing of it is a difference.
TEST(UpgradeTest, WhatTheOldestServerKeepsComesBackOnTheNewestWithoutAWord) {
  for (const std::string target : {"2.10", "2.12", "2.15.3"}) {
    JETKEEP_NEEDS_SERVER(target);
    SCOPED_TRACE(target);
    ScratchDirectory directory("meaning");
    const std::string repository = directory / "repository";
    Json republish{{"src", "S.>"}, {"dest", "again.>"}};
    {
      Place origin("2.9", repository);
      JetStreamClient& client = origin.client();
      client.CreateStream({{"name", "S"},
                           {"subjects", {"S.>"}},
                           {"max_msgs_per_subject", 50},
                           {"republish", republish},
                           {"placement", {{"cluster", ""}}},
                           {"deny_delete", true},
                           {"max_age", 3600 * kSecondNs}});
      for (int i = 0; i < 60; ++i) client.PublishAcked("S." + std::to_string(i % 3), "x");
      client.CreateConsumer("S", {{"durable_name", "pull"},
                                  {"ack_policy", "explicit"},
                                  {"filter_subject", "S.1"},
                                  {"sample_freq", "30%"}});
      client.CreateConsumer("S", {{"durable_name", "push"},
                                  {"ack_policy", "none"},
                                  {"deliver_subject", "to.here"},
                                  {"deliver_group", "g"},
                                  {"idle_heartbeat", 5 * kSecondNs},
                                  {"flow_control", true}});
      client.CreateConsumer("S", {{"durable_name", "late"},
                                  {"ack_policy", "all"},
                                  {"deliver_policy", "by_start_time"},
                                  {"opt_start_time", "2024-01-01T00:00:00.123456789Z"},
                                  {"max_deliver", 5},
                                  {"backoff", {kSecondNs, 2 * kSecondNs}}});
      origin.BackUp("S");
    }
    Place place(target, repository);
    const Json answer = place.Restore("S");
    ASSERT_FALSE(answer.contains("error")) << Text(answer);
    EXPECT_EQ(Warnings(answer), "[]");
    EXPECT_EQ(place.client().ConsumerInfo("S", "pull").at("num_pending"), 20);
    EXPECT_EQ(place.client().StreamInfo("S").at("config").at("republish"), republish);
  }
}

struct Refused {
  std::string from;
  std::string onto;
  Json stream = Json::object();
  Json consumer = Json::object();
  int server_code = 0;
};

// Consumers that one server has and another refuses.
TEST(RefusedConsumerTest, IsNamedWithTheServersNumberOrLeftOut) {
  const std::vector<Refused> cases{
      {"2.10",
       "2.9",
       Json::object(),
       {{"ack_policy", "explicit"}, {"max_deliver", -1}, {"backoff", {kSecondNs}}},
       10116},
      {"2.12",
       "2.10",
       Json::object(),
       {{"ack_policy", "explicit"}, {"filter_subjects", {"S.*.c", "S.a.*"}}},
       10138},
      {"2.11",
       "2.12",
       Json::object(),
       {{"ack_policy", "explicit"}, {"priority_groups", {"g"}}},
       10196},
      {"2.9",
       "2.10",
       {{"retention", "interest"}},
       {{"ack_policy", "explicit"}, {"num_replicas", 1}},
       0},
  };
  for (const Refused& one : cases) {
    SCOPED_TRACE(one.from + " -> " + one.onto + " " + one.consumer.dump());
    JETKEEP_NEEDS_SERVER(one.from);
    JETKEEP_NEEDS_SERVER(one.onto);
    ScratchDirectory directory("meaning");
    const std::string repository = directory / "repository";
    Json stream{{"name", "S"}, {"subjects", {"S.>"}}};
    stream.update(one.stream);
    Json consumer = one.consumer;
    consumer["durable_name"] = "picky";
    {
      Place origin(one.from, repository);
      origin.client().CreateStream(stream);
      origin.client().CreateConsumer("S", consumer);
      for (int i = 0; i < 5; ++i) origin.client().PublishAcked("S.a.c", "x");
      origin.BackUp("S");
    }
    Place place(one.onto, repository);
    // The server itself says the same.
    place.client().CreateStream(stream);
    const Json own = place.client().TryApi("CONSUMER.DURABLE.CREATE.S.picky",
                                           {{"stream_name", "S"}, {"config", consumer}});
    EXPECT_EQ(own.contains("error") ? own["error"].value("err_code", 0) : 0, one.server_code)
        << Text(own);
    place.client().DeleteStream("S");

    const Json answer = place.Restore("S");
    if (one.server_code == 0) {
      EXPECT_FALSE(answer.contains("error")) << Text(answer);
      continue;
    }
    EXPECT_EQ(Code(answer), kConsumerRefused) << Text(answer);
    EXPECT_THAT(Text(answer), HasSubstr("consumer picky"));
    EXPECT_THAT(Text(answer), HasSubstr(std::to_string(one.server_code)));
    EXPECT_FALSE(place.client().StreamExists("S"));
    const Json without = place.Restore("S", {{"skip_refused_consumers", true}});
    ASSERT_FALSE(without.contains("error")) << Text(without);
    EXPECT_THAT(Warnings(without), HasSubstr("consumer picky is not restored"));
    EXPECT_TRUE(place.client().ConsumerNames("S").empty());
  }
}

// 2.9 checks filters against the subjects of the streams that feed this one.
TEST(RefusedConsumerTest, On29AFilterNeedsTheStreamThatFeedsIt) {
  for (const bool mirror : {false, true}) {
    SCOPED_TRACE(mirror ? "mirror" : "source");
    ScratchDirectory directory("meaning");
    Place place("2.9", directory / "repository");
    JetStreamClient& client = place.client();
    const auto make_origin = [&] {
      client.CreateStream({{"name", "ORIGIN"}, {"subjects", {"o.>"}}});
    };
    make_origin();
    for (int i = 0; i < 30; ++i) client.PublishAcked("o." + std::to_string(i % 3), "x");
    Json fed{{"name", "FED"}};
    const Json origin{{"name", "ORIGIN"}};
    if (mirror) {
      fed["mirror"] = origin;
    } else {
      fed["sources"] = Json::array({origin});
    }
    client.CreateStream(fed);
    for (int i = 0; i < 200 && client.StreamInfo("FED").at("state").at("messages") != 30; ++i) {
      std::this_thread::sleep_for(milliseconds(50));
    }
    client.CreateConsumer(
        "FED", {{"durable_name", "one"}, {"ack_policy", "explicit"}, {"filter_subject", "o.1"}});
    client.CreateConsumer("FED", {{"durable_name", "newest"},
                                  {"ack_policy", "explicit"},
                                  {"filter_subject", "o.*"},
                                  {"deliver_policy", "last_per_subject"}});
    place.BackUp("FED");
    const Json drilled = place.Verify("FED");
    EXPECT_EQ(drilled.value("damaged", 9), 0) << Text(drilled);
    client.DeleteStream("FED");
    client.DeleteStream("ORIGIN");

    const Json drilled_alone = place.Verify("FED");
    EXPECT_EQ(drilled_alone.value("damaged", 9), 0) << Text(drilled_alone);
    const Json refused = place.Restore("FED");
    EXPECT_EQ(Code(refused), kConsumerRefused) << Text(refused);
    EXPECT_THAT(Text(refused), HasSubstr("10093"));
    EXPECT_THAT(Text(refused), HasSubstr("consumer one"));
    EXPECT_FALSE(client.StreamExists("FED"));

    make_origin();
    const Json restored = place.Restore("FED");
    ASSERT_FALSE(restored.contains("error")) << Text(restored);
    EXPECT_EQ(client.ConsumerInfo("FED", "one").at("num_pending"), 10);
    EXPECT_EQ(client.ConsumerInfo("FED", "newest").at("num_pending"), 3);
  }
}

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
    EXPECT_FALSE(answer.contains("error")) << Text(answer);
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
    EXPECT_FALSE(answer.contains("error")) << Text(answer);
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
    if (ttl) config["subject_delete_marker_ttl"] = 3600 * kSecondNs;
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

    const Json drilled = place.Verify("KV_B");
    EXPECT_EQ(drilled.value("damaged", 9), 0) << Text(drilled);
    const Json answer = place.Restore("KV_B");
    ASSERT_FALSE(answer.contains("error")) << Text(answer);
    const int left = ttl ? 20 : 0;
    for (int i = 0; i < 100; ++i) {
      const Json state = client.StreamInfo("KV_B").at("state");
      // Markers of the keys that went may have come.
      if (ttl ? state.at("messages") == left || state.at("last_seq") == 40
              : state.at("messages") == left) {
        break;
      }
      std::this_thread::sleep_for(milliseconds(50));
    }
    for (int i = 10; ttl && i < 30; ++i) {
      const Json kept =
          client.Api("STREAM.MSG.GET.KV_B", {{"last_by_subj", "$KV.B.k" + std::to_string(i)}});
      EXPECT_EQ(kept.at("message").at("seq"), i + 1);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, AllServersTest, ::testing::ValuesIn(AllServerVersions()),
                         VersionName);

struct Limit {
  std::string name;
  std::string account;  // in the server's configuration
  std::string named;    // in the error
};

TEST(LimitsTest, AnAccountThatIsTooSmallIsFoundBeforeAnythingIsSent) {
  const std::vector<Limit> limits{
      {"storage", "max_file: 100KB", "max_storage"},
      {"streams", "max_streams: 1", "max_streams"},
      {"consumers", "max_consumers: 1", "10026"},
      {"acks", "max_ack_pending: 10", "10121"},
      {"none", "max_file: 1GB", ""},
  };
  for (const std::string version : {"2.9", "2.10", "2.15.3"}) {
    JETKEEP_NEEDS_SERVER(version);
    ScratchDirectory directory("meaning");
    const std::string repository = directory / "repository";
    {
      Place origin(version, repository);
      origin.client().CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
      origin.client().PublishMany(200, [](std::uint64_t) {
        return OutgoingMessage{"S.a", std::string(1000, 'x'), ""};
      });
      origin.client().CreateConsumer(
          "S", {{"durable_name", "a"}, {"ack_policy", "explicit"}, {"max_ack_pending", 20}});
      origin.client().CreateConsumer(
          "S", {{"durable_name", "b"}, {"ack_policy", "explicit"}, {"max_ack_pending", 5}});
      origin.BackUp("S");
    }
    for (const Limit& limit : limits) {
      SCOPED_TRACE(version + " " + limit.name);
      Place place({.version = version,
                   .config = "accounts { A { jetstream: { " + limit.account +
                             " }, users: [ { user: a, password: a } ] } }\n"},
                  repository, {}, "a:a");
      place.client().CreateStream({{"name", "OTHER"}, {"subjects", {"OTHER"}}});
      const Json answer = place.Restore("S");
      if (limit.named.empty()) {
        EXPECT_FALSE(answer.contains("error")) << Text(answer);
        EXPECT_EQ(Warnings(answer), "[]");
        continue;
      }
      const bool of_consumer = limit.named.front() == '1';
      EXPECT_EQ(Code(answer), of_consumer ? kConsumerRefused : kLimitTooSmall) << Text(answer);
      EXPECT_THAT(Text(answer), HasSubstr(limit.named));
      EXPECT_FALSE(place.client().StreamExists("S"));
      if (!of_consumer) continue;
      const Json without = place.Restore("S", {{"skip_refused_consumers", true}});
      ASSERT_FALSE(without.contains("error")) << Text(without);
      EXPECT_EQ(place.client().ConsumerNames("S").size(), 1U);
    }
  }
}

// Jetkeep reaches the JetStream API of account A through imports.
class ImportTest : public ::testing::TestWithParam<std::string> {
 protected:
  NatsServerOptions Server(bool inbox) const {
    std::string exports = R"({service: "$JS.API.>"}, {service: "$JS.SNAPSHOT.ACK.>"}, )"
                          R"({service: "$JS.SNAPSHOT.RESTORE.>"})";
    std::string imports = R"({service: {account: A, subject: "$JS.API.>"}, to: "A.API.>"}, )"
                          R"({service: {account: A, subject: "$JS.SNAPSHOT.ACK.>"}}, )"
                          R"({service: {account: A, subject: "$JS.SNAPSHOT.RESTORE.>"}})";
    if (inbox) {
      exports += R"(, {stream: "_INBOX_B.>"})";
      imports += R"(, {stream: {account: A, subject: "_INBOX_B.>"}})";
    }
    return {.version = GetParam(),
            .config =
                "accounts {\n A { jetstream: enabled, users: [{user: a, password: a}], "
                "exports: [" +
                exports + "] }\n B { users: [{user: b, password: b}], imports: [" + imports +
                "] }\n}\n"};
  }
  const std::vector<std::string> arguments_{"--js-api-prefix", "A.API", "--inbox-prefix",
                                            "_INBOX_B"};
};

TEST_P(ImportTest, BackupsWorkWithTheInboxImportedAndRestoresAreRefusedAtOnce) {
  JETKEEP_NEEDS_SERVER(GetParam());
  for (const bool inbox : {true, false}) {
    SCOPED_TRACE(inbox ? "with the inbox" : "without the inbox");
    ScratchDirectory directory("meaning");
    Place place(Server(inbox), directory / "repository", arguments_, "b:b");
    JetStreamClient owner("nats://a:a@127.0.0.1:" + std::to_string(place.server().port()));
    owner.CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
    owner.PublishMany(100, [](std::uint64_t) { return OutgoingMessage{"S.a", "x", ""}; });
    const Json backup =
        Ask(place.client(), "backup.request", {{"stream", "S"}, {"wait", true}}, seconds(20));
    if (!inbox) {
      EXPECT_EQ(Code(backup), kPermissionDenied) << Text(backup);
      EXPECT_THAT(Text(backup), HasSubstr("import"));
      continue;
    }
    ASSERT_FALSE(backup.contains("error")) << Text(backup);
    owner.DeleteStream("S");
    const Json answer = place.Restore("S");
    EXPECT_EQ(Code(answer), kPermissionDenied) << Text(answer);
    EXPECT_THAT(Text(answer), HasSubstr("import"));
    EXPECT_FALSE(owner.StreamExists("S"));
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, ImportTest, ::testing::Values("2.9", "2.10", "2.15.3"),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

// A restore keeps the meaning of what it brings back, or says so before it sends anything: onto
// older and newer servers, and with consumers that the server refuses. The judge is a real client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/integration/place.h"
#include "tests/integration/round_trip.h"
#include "tests/support/scratch_directory.h"

namespace jetkeep::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;
using std::chrono::milliseconds;

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
      {"SPREAD",
       "subject_transform",
       "2.12",
       {{"subject_transform",
         {{"src", "SPREAD.*"}, {"dest", "into.{{partition(3)}}.{{wildcard(1)}}"}}}}},
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
  JETKEEP_NEEDS_SERVER("2.15.3");
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
      ASSERT_FALSE(answer.contains("error")) << answer;
      EXPECT_THAT(WarningsOf(answer), HasSubstr("first_seq"));
      EXPECT_EQ(place.client().StreamInfo(meaning.name).at("state").at("messages"), 60);
      continue;
    }
    if (AtLeast(target, meaning.since)) {
      ASSERT_FALSE(answer.contains("error")) << answer;
      EXPECT_EQ(WarningsOf(answer), "[]");
      ExpectMeant(place.client(), meaning);
      place.client().DeleteStream(meaning.name);
      continue;
    }
    EXPECT_EQ(CodeOf(answer), kConfigUnsupported) << answer;
    EXPECT_THAT(answer.dump(), HasSubstr(meaning.field));
    EXPECT_THAT(answer.dump(), HasSubstr("known from 2."));
    EXPECT_FALSE(place.client().StreamExists(meaning.name));

    const Json dropped =
        place.Restore(meaning.name, {{"drop_unknown", true}, {"skip_refused_consumers", true}});
    ASSERT_FALSE(dropped.contains("error")) << dropped;
    EXPECT_THAT(WarningsOf(dropped), HasSubstr(meaning.field)) << dropped;
    place.client().DeleteStream(meaning.name);
  }
  // What is dropped is not there after a restart either, and nothing keeps the stream from loading.
  const Json again = place.Restore("EXPIRING", {{"drop_unknown", true}});
  ASSERT_FALSE(again.contains("error")) << again;
  place.server().Restart();
  JetStreamClient after(place.server().Url());
  EXPECT_EQ(after.StreamInfo("EXPIRING").at("state").at("messages"), 60);
}

INSTANTIATE_TEST_SUITE_P(Servers, DowngradeTest,
                         ::testing::Values("2.9", "2.10", "2.11", "2.12", "2.14", "2.15.3"),
                         VersionName);

// Where metadata has the key of a restore's token, the value is the user's.
TEST(RestoreConfigTest, AKeyLikeThatOfTheTokenStays) {
  for (const std::string version : {"2.10", "2.15.3"}) {
    JETKEEP_NEEDS_SERVER(version);
    SCOPED_TRACE(version);
    ScratchDirectory directory("meaning");
    Place place(version, directory / "repository");
    JetStreamClient& client = place.client();
    client.CreateStream({{"name", "S"},
                         {"subjects", {"S.>"}},
                         {"description", "mine"},
                         {"metadata", {{"jetkeep.restore", "mine"}}}});
    client.PublishAcked("S.a", "x");
    place.BackUp("S");
    client.DeleteStream("S");
    const Json answer = place.Restore("S");
    ASSERT_FALSE(answer.contains("error")) << answer;
    EXPECT_EQ(WarningsOf(answer), "[]");
    const Json config = client.StreamInfo("S").at("config");
    EXPECT_EQ(config.at("metadata").at("jetkeep.restore"), "mine");
    EXPECT_EQ(config.at("description"), "mine");
  }
}

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
      client.CreateStream({{"name", "EMPTY"}, {"subjects", {"EMPTY"}}});
      origin.BackUp("EMPTY");
    }
    Place place(target, repository);
    for (const std::string stream : {"S", "EMPTY"}) {
      const Json answer = place.Restore(stream);
      ASSERT_FALSE(answer.contains("error")) << answer;
      EXPECT_EQ(WarningsOf(answer), "[]");
    }
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
        << own;
    place.client().DeleteStream("S");

    const Json answer = place.Restore("S");
    if (one.server_code == 0) {
      EXPECT_FALSE(answer.contains("error")) << answer;
      continue;
    }
    EXPECT_EQ(CodeOf(answer), kConsumerRefused) << answer;
    EXPECT_THAT(answer.dump(), HasSubstr("consumer picky"));
    EXPECT_THAT(answer.dump(), HasSubstr(std::to_string(one.server_code)));
    EXPECT_FALSE(place.client().StreamExists("S"));
    const Json without = place.Restore("S", {{"skip_refused_consumers", true}});
    ASSERT_FALSE(without.contains("error")) << without;
    EXPECT_THAT(WarningsOf(without), HasSubstr("consumer picky is not restored"));
    EXPECT_TRUE(place.client().ConsumerNames("S").empty());
  }
}

// A limit of the server that no request asks for: the refusal comes when the archive was sent.
TEST(RefusedConsumerTest, IsLeftOutAlsoWhereOnlyTheServerKnewIt) {
  for (const std::string version : {"2.9", "2.10", "2.15.3"}) {
    JETKEEP_NEEDS_SERVER(version);
    SCOPED_TRACE(version);
    ScratchDirectory directory("meaning");
    const std::string repository = directory / "repository";
    {
      Place origin(version, repository);
      origin.client().CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
      for (const std::string name : {"greedy", "greedier", "modest"}) {
        origin.client().CreateConsumer("S", {{"durable_name", name},
                                             {"ack_policy", "explicit"},
                                             {"max_batch", name == "modest" ? 5 : 50}});
      }
      for (int i = 0; i < 5; ++i) origin.client().PublishAcked("S.a", "x");
      origin.BackUp("S");
    }
    Place place({.version = version, .jetstream_config = "limits { max_request_batch: 10 }"},
                repository, {"--retry-first-delay", "100ms"});
    const Json answer = place.Restore("S");
    EXPECT_EQ(CodeOf(answer), kConsumerRefused) << answer;
    EXPECT_THAT(answer.dump(), HasSubstr("consumer greed"));
    EXPECT_FALSE(place.client().StreamExists("S"));
    const Json without = place.Restore("S", {{"skip_refused_consumers", true}});
    ASSERT_FALSE(without.contains("error")) << without;
    for (const std::string name : {"greedy", "greedier"}) {
      EXPECT_THAT(WarningsOf(without), HasSubstr("consumer " + name + " is not restored"));
    }
    EXPECT_EQ(place.client().ConsumerNames("S"), std::vector<std::string>{"modest"});
    EXPECT_EQ(place.client().StreamInfo("S").at("state").at("messages"), 5);
    const Json drilled = place.Drill("S");
    EXPECT_EQ(drilled.value("damaged", 9), 0) << drilled;
    EXPECT_THAT(WarningsOf(drilled), HasSubstr("consumer greedy is not restored")) << drilled;
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
    const Json drilled = place.Drill("FED");
    EXPECT_EQ(drilled.value("damaged", 9), 0) << drilled;
    client.DeleteStream("FED");
    client.DeleteStream("ORIGIN");

    const Json drilled_alone = place.Drill("FED");
    EXPECT_EQ(drilled_alone.value("damaged", 9), 0) << drilled_alone;
    const Json refused = place.Restore("FED");
    EXPECT_EQ(CodeOf(refused), kConsumerRefused) << refused;
    EXPECT_THAT(refused.dump(), HasSubstr("10093"));
    EXPECT_THAT(refused.dump(), HasSubstr("consumer one"));
    EXPECT_FALSE(client.StreamExists("FED"));

    make_origin();
    const Json restored = place.Restore("FED");
    ASSERT_FALSE(restored.contains("error")) << restored;
    EXPECT_EQ(client.ConsumerInfo("FED", "one").at("num_pending"), 10);
    EXPECT_EQ(client.ConsumerInfo("FED", "newest").at("num_pending"), 3);
  }
}

// Servers before 2.12 keep limits below zero as they were given, newer ones write -1 or nothing.
TEST(UnusualValuesTest, LimitsBelowZeroComeBackAsNone) {
  for (const std::string from : {"2.9", "2.11"}) {
    JETKEEP_NEEDS_SERVER(from);
    ScratchDirectory directory("meaning");
    const std::string repository = directory / "repository";
    Json stream{{"name", "S"},     {"subjects", {"S.>"}},        {"max_msgs", -5},
                {"max_bytes", -6}, {"max_msgs_per_subject", -7}, {"max_msg_size", -8}};
    if (AtLeast(from, "2.10")) {
      stream["consumer_limits"] = {{"max_ack_pending", -1}, {"inactive_threshold", -1}};
    }
    {
      Place origin(from, repository);
      origin.client().CreateStream(stream);
      for (int i = 0; i < 5; ++i) origin.client().PublishAcked("S.a", "x");
      origin.client().CreateConsumer("S", {{"durable_name", "c"},
                                           {"ack_policy", "explicit"},
                                           {"max_deliver", -7},
                                           {"max_ack_pending", -9},
                                           {"inactive_threshold", -5}});
      origin.BackUp("S");
    }
    for (const std::string& onto : {from, std::string("2.12"), std::string("2.15.3")}) {
      JETKEEP_NEEDS_SERVER(onto);
      SCOPED_TRACE(from + " -> " + onto);
      Place place(onto, repository);
      const Json answer = place.Restore("S");
      ASSERT_FALSE(answer.contains("error")) << answer;
      EXPECT_EQ(WarningsOf(answer), "[]");
      EXPECT_EQ(place.client().Fetch("S", "c", 5).size(), 5U);
    }
  }
}

// What a server decides by what else it has: said, and no mismatch.
TEST(UnusualValuesTest, WhatTheServerDecidesByItselfIsAWarning) {
  for (const std::string version : {"2.9", "2.10", "2.15.3"}) {
    JETKEEP_NEEDS_SERVER(version);
    SCOPED_TRACE(version);
    ScratchDirectory directory("meaning");
    Place place(version, directory / "repository");
    JetStreamClient& client = place.client();
    Json origin{{"name", "ORIGIN"}, {"subjects", {"o.>"}}, {"allow_direct", true}};
    client.CreateStream(origin);
    client.CreateStream({{"name", "MIRROR"}, {"mirror", {{"name", "ORIGIN"}}}});
    EXPECT_TRUE(client.StreamInfo("MIRROR").at("config").value("mirror_direct", false));
    origin["allow_direct"] = false;
    client.UpdateStream(origin);
    place.BackUp("MIRROR");
    client.DeleteStream("MIRROR");
    const Json answer = place.Restore("MIRROR");
    ASSERT_FALSE(answer.contains("error")) << answer;
    EXPECT_THAT(WarningsOf(answer), HasSubstr("mirror_direct"));
    if (!AtLeast(version, "2.10")) continue;

    // The limits of a stream that came after its consumer.
    Json limiting{{"name", "S"}, {"subjects", {"S.>"}}};
    client.CreateStream(limiting);
    client.CreateConsumer(
        "S", {{"durable_name", "kept"}, {"ack_policy", "explicit"}, {"max_ack_pending", 5}});
    limiting["consumer_limits"] = {{"inactive_threshold", 900 * kSecondNs},
                                   {"max_ack_pending", 50}};
    client.UpdateStream(limiting);
    place.BackUp("S");
    client.DeleteStream("S");
    const Json limited = place.Restore("S");
    ASSERT_FALSE(limited.contains("error")) << limited;
    EXPECT_THAT(WarningsOf(limited),
                HasSubstr("consumer kept: inactive_threshold is 900000000000"));
  }
}

// As much metadata as a stream may have: sent back, what the server adds by itself would be too
// much.
TEST(UnusualValuesTest, MetadataOfTheLargestSizeComesBack) {
  // "_nats.req.level" and its value, which servers from 2.11 on count.
  constexpr std::size_t kServersOwn = 16;
  for (const std::string version : {"2.10", "2.11", "2.15.3"}) {
    JETKEEP_NEEDS_SERVER(version);
    SCOPED_TRACE(version);
    ScratchDirectory directory("meaning");
    Place place(version, directory / "repository");
    const std::string large(128 * 1024 - 1 - kServersOwn, 'x');
    place.client().CreateStream({{"name", "S"}, {"subjects", {"S"}}, {"metadata", {{"k", large}}}});
    place.client().PublishAcked("S", "x");
    place.BackUp("S");
    place.client().DeleteStream("S");
    const Json answer = place.Restore("S");
    ASSERT_FALSE(answer.contains("error")) << answer;
    const Json config = place.client().StreamInfo("S").at("config");
    EXPECT_TRUE(config.at("metadata").at("k") == large);
    EXPECT_EQ(config.value("description", ""), "");
  }
}

// More metadata than a server from 2.11 on takes in an update, which counts its own entry: a token
// could not be taken out.
TEST(UnusualValuesTest, MoreMetadataThanAnUpdateMayHaveComesFromAnOlderServer) {
  JETKEEP_NEEDS_SERVER("2.10");
  ScratchDirectory directory("meaning");
  const std::string repository = directory / "repository";
  const std::string large(128 * 1024 - 1, 'x');
  {
    Place origin("2.10", repository);
    origin.client().CreateStream(
        {{"name", "S"}, {"subjects", {"S"}}, {"metadata", {{"k", large}}}});
    origin.client().PublishAcked("S", "x");
    origin.BackUp("S");
  }
  for (const std::string version : {"2.10", "2.11", "2.15.3"}) {
    JETKEEP_NEEDS_SERVER(version);
    SCOPED_TRACE(version);
    Place place(version, repository);
    const Json answer = place.Restore("S");
    ASSERT_FALSE(answer.contains("error")) << answer;
    const Json config = place.client().StreamInfo("S").at("config");
    EXPECT_TRUE(config.at("metadata").at("k") == large);
    EXPECT_EQ(config.value("description", ""), "");
    EXPECT_EQ(config.at("subjects"), Json::array({"S"}));
  }
}

// A consumer that no rule foresees, in an archive of either format.
TEST(RefusedConsumerTest, IsNamedInBothFormats) {
  const std::string version = "2.15.3";
  JETKEEP_NEEDS_SERVER(version);
  for (const std::string storage : {"file", "memory"}) {
    SCOPED_TRACE(storage);
    ScratchDirectory directory("meaning");
    const std::string repository = directory / "repository";
    {
      Place origin(version, repository);
      origin.client().CreateStream({{"name", "S"}, {"subjects", {"S.>"}}, {"storage", storage}});
      origin.client().CreateConsumer(
          "S", {{"durable_name", "greedy"}, {"ack_policy", "explicit"}, {"max_batch", 50}});
      origin.client().PublishAcked("S.a", "x");
      origin.BackUp("S");
    }
    Place place({.version = version, .jetstream_config = "limits { max_request_batch: 10 }"},
                repository, {"--retry-first-delay", "100ms"});
    const Json answer = place.Restore("S");
    EXPECT_EQ(CodeOf(answer), kConsumerRefused) << answer;
    EXPECT_THAT(answer.dump(), HasSubstr("refuses consumer greedy"));
    EXPECT_FALSE(place.client().StreamExists("S"));
    const Json without = place.Restore("S", {{"skip_refused_consumers", true}});
    ASSERT_FALSE(without.contains("error")) << without;
    EXPECT_THAT(WarningsOf(without), HasSubstr("consumer greedy is not restored"));
  }
}

}  // namespace
}  // namespace jetkeep::testing

// The rules by which a restore foresees that a server refuses a consumer, beside the server itself:
// each consumer is offered to it, and rule and server must give the same number.
#include "service/engine/restore/consumer_rules.h"

#include <gtest/gtest.h>

#include "tests/integration/round_trip.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;

// What a server says before it looks at the consumer: it does not know a field or a value.
constexpr int kInvalidJson = 10025;

struct Case {
  std::string name;
  Json stream;                  // what it has besides a name and subjects; may be null
  std::vector<Json> consumers;  // in order; the last is looked at
};

Json Explicit(const Json& more) {
  Json config{{"ack_policy", "explicit"}};
  if (more.is_object()) config.update(more);
  return config;
}

std::vector<Case> Cases() {
  const Json queue{{"retention", "workqueue"}};
  const Json interest{{"retention", "interest"}};
  const Json limits{
      {"consumer_limits", {{"max_ack_pending", 10}, {"inactive_threshold", 1000000000}}}};
  const auto filtered = [](const Json& subjects) {
    return Explicit({{"filter_subjects", subjects}});
  };
  const auto one = [](const std::string& subject) {
    return Explicit({{"filter_subject", subject}});
  };
  const auto push = [](const std::string& subject) {
    return Explicit({{"deliver_subject", subject}});
  };
  const Json flow{
      {"ack_policy", "flow_control"}, {"deliver_subject", "to.here"}, {"max_ack_pending", 5}};
  return {
      {"plain", {}, {Explicit({})}},
      {"replicas of an interest stream", interest, {Explicit({{"num_replicas", 1}})}},
      {"backoff as long", {}, {Explicit({{"max_deliver", 2}, {"backoff", {1, 2}}})}},
      {"backoff longer", {}, {Explicit({{"max_deliver", 1}, {"backoff", {1, 2}}})}},
      {"backoff for ever", {}, {Explicit({{"max_deliver", -1}, {"backoff", {1, 2}}})}},
      {"ack wait below zero", {}, {Explicit({{"ack_wait", -1}})}},
      {"last per subject", {}, {Explicit({{"deliver_policy", "last_per_subject"}})}},
      {"loop", {}, {push("s.loop")}},
      {"acks without acks",
       {},
       {{{"ack_policy", "none"}, {"deliver_subject", "to.here"}, {"max_ack_pending", 5}}}},
      {"of the server", {}, {push("$JS.FC.mine")}},
      {"of the server's domain", {}, {push("$JS.hub.API.STREAM.INFO.S")}},
      {"of a service", {}, {push("_R_.mine")}},
      {"nearly of the server", {}, {push("$JS.MINE.FC")}},
      {"acks beyond the stream's limit", limits, {Explicit({{"max_ack_pending", 11}})}},
      {"acks at the stream's limit", limits, {Explicit({{"max_ack_pending", 10}})}},
      {"threshold beyond the stream's limit",
       limits,
       {Explicit({{"inactive_threshold", 1000000001}})}},
      {"limits below zero",
       {{"consumer_limits", {{"max_ack_pending", -1}, {"inactive_threshold", -1}}}},
       {Explicit({{"max_ack_pending", 5000}})}},
      {"one too many", {{"max_consumers", 1}}, {Explicit({}), Explicit({})}},
      {"as many as allowed", {{"max_consumers", 2}}, {Explicit({}), Explicit({})}},
      {"filter outside", {}, {one("other.a")}},
      {"filter wider", {}, {one(">")}},
      {"filter between", {}, {one("*.a")}},
      {"filters that overlap", {}, {filtered({"s.*.c", "s.a.*"})}},
      {"filters within each other", {}, {filtered({"s.>", "s.a"})}},
      {"filters apart", {}, {filtered({"s.a", "s.b"})}},
      {"queue, all acks", queue, {{{"ack_policy", "all"}}}},
      {"queue, flow control", queue, {flow}},
      {"queue, from now on", queue, {Explicit({{"deliver_policy", "new"}})}},
      {"queue, two without filters", queue, {Explicit({}), Explicit({})}},
      {"queue, one after another for all", queue, {Explicit({}), one("s.a")}},
      {"queue, same filters", queue, {one("s.a"), one("s.a")}},
      {"queue, filters that overlap", queue, {one("s.*.c"), one("s.a.*")}},
      {"queue, filters apart", queue, {one("s.a"), one("s.b")}},
      {"queue, several filters", queue, {filtered({"s.a", "s.b"}), filtered({"s.b", "s.c"})}},
      {"groups without a policy", {}, {Explicit({{"priority_groups", {"g"}}})}},
      {"timeout without a policy", {}, {Explicit({{"priority_timeout", 1000000000}})}},
  };
}

// What a server dropped without a word it did not judge.
bool KeepsAll(const Json& kept, const Json& asked) {
  for (const auto& [key, value] : asked.items()) {
    if (!kept.contains(key)) return false;
  }
  return true;
}

// Servers from 2.11 on write it into the metadata; of the others the minor version suffices.
ServerVersion VersionOf(const Json& stream, const std::string& minor) {
  const Json metadata = stream.value("metadata", Json::object());
  const auto version = ParseServerVersion(metadata.value("_nats.ver", minor + ".0"));
  EXPECT_TRUE(version) << metadata;
  return version.value_or(ServerVersion{});
}

class ConsumerRulesTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ConsumerRulesTest, SayWhatTheServerSays) {
  JETKEEP_NEEDS_SERVER(GetParam());
  NatsServer server({.version = GetParam()});
  JetStreamClient client(server.Url());
  int refused = 0;
  for (const Case& one : Cases()) {
    Json stream{{"name", "S"}, {"subjects", {"s.>"}}};
    if (one.stream.is_object()) stream.update(one.stream);
    const Json made = client.TryApi("STREAM.CREATE.S", stream);
    const bool known = !made.contains("error");
    ConsumerPlace place;
    if (known) {
      place.server = VersionOf(made.at("config"), GetParam());
      const auto facts = ReadStreamConfig(made.at("config").dump());
      ASSERT_TRUE(facts) << one.name << ": " << facts.error().message;
      place.stream = *facts;
      place.subjects = facts->subjects;
    }
    for (std::size_t i = 0; known && i < one.consumers.size(); ++i) {
      SCOPED_TRACE(one.name + ", consumer " + std::to_string(i));
      Json config = one.consumers[i];
      config["durable_name"] = "c" + std::to_string(i);
      const Json answer = client.TryApi("CONSUMER.DURABLE.CREATE.S.c" + std::to_string(i),
                                        {{"stream_name", "S"}, {"config", config}});
      const int code = answer.contains("error") ? answer["error"].value("err_code", 0) : 0;
      if (code == kInvalidJson) break;
      if (code == 0 && !KeepsAll(answer.at("config"), config)) break;
      const ConsumerConfigFacts facts = ReadConsumerConfig(config.dump());
      const auto refusal = RefusalOf(facts, place);
      EXPECT_EQ(refusal ? static_cast<int>(refusal->server_code) : 0, code) << answer;
      refused += code != 0 ? 1 : 0;
      place.others.push_back(facts);
    }
    if (known) client.DeleteStream("S");
  }
  EXPECT_GE(refused, 12);
}

INSTANTIATE_TEST_SUITE_P(Servers, ConsumerRulesTest, ::testing::ValuesIn(AllServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

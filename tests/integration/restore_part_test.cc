// Restores of a part of a backup: what is chosen comes back with its sequences and times, and
// everything else reads as deleted.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/site.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using Sequences = std::vector<std::uint64_t>;

constexpr std::uint64_t kLast = 400;
constexpr std::uint64_t kGone = 150;    // deleted before the backup
constexpr std::uint64_t kPending = 40;  // delivered to `slow`, of which it acknowledged
constexpr std::uint64_t kAcked = 10;    // the first

std::string SubjectOf(std::uint64_t sequence) {
  return "orders." + std::string(sequence % 4 == 0 ? "eu." : "us.") + std::to_string(sequence % 7);
}

class RestorePartTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    site_ = std::make_unique<Site>(SiteOptions{.server = {.version = GetParam()}});
    JetStreamClient& client = site_->client();
    client.CreateStream({{"name", "ORDERS"}, {"subjects", {"orders.>"}}});
    for (std::uint64_t i = 1; i <= kLast; ++i) {
      client.PublishAcked(SubjectOf(i), "order " + std::to_string(i));
    }
    client.DeleteMessage("ORDERS", kGone);
    client.CreateConsumer(
        "ORDERS",
        {{"durable_name", "slow"}, {"ack_policy", "explicit"}, {"ack_wait", 3'600'000'000'000}});
    client.CreateConsumer(
        "ORDERS",
        {{"durable_name", "eu"}, {"ack_policy", "explicit"}, {"filter_subject", "orders.eu.>"}});
    const auto fetched = client.Fetch("ORDERS", "slow", kPending);
    for (std::uint64_t i = 0; i < kAcked; ++i) client.Ack(fetched.at(i));
    dump_ = DumpStream(client, "ORDERS");
    ASSERT_TRUE(site_->BackUp("ORDERS").completed());
    client.DeleteStream("ORDERS");
  }

  static Sequences Expected(const std::function<bool(std::uint64_t)>& taken) {
    Sequences expected;
    for (std::uint64_t s = 1; s <= kLast; ++s) {
      if (s != kGone && taken(s)) expected.push_back(s);
    }
    return expected;
  }

  // Restores with these fields, compares with the model, also after the server was started again,
  // and removes the stream.
  void Check(const Json& fields, const Sequences& expected,
             const std::set<std::string>& consumers) {
    SCOPED_TRACE(fields.dump());
    Json request = fields;
    request["stream"] = "ORDERS";
    Json dry = request;
    dry["dry_run"] = true;
    const Json plan = Ask(site_->client(), "restore.request", dry);
    EXPECT_EQ(plan.at("possible"), true) << plan;
    EXPECT_EQ(plan.at("state").at("messages"), expected.size()) << plan;
    const Outcome outcome = site_->End(site_->Begin("restore.request", request));
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
    Compare(expected, consumers);
    site_->server().Restart();
    site_->Reconnect();
    site_->jetkeep().WaitUntilReady();
    Compare(expected, consumers);
    // It goes on where it was.
    EXPECT_EQ(site_->client().PublishAcked("orders.eu.new", "more"), kLast + 1);
    site_->client().DeleteStream("ORDERS");
  }

  void Compare(const Sequences& expected, const std::set<std::string>& consumers) {
    JetStreamClient& client = site_->client();
    const StreamDump restored = DumpStream(client, "ORDERS");
    Sequences sequences;
    for (const DumpedMessage& message : restored.messages) {
      sequences.push_back(message.sequence);
      const auto before =
          std::find_if(dump_.messages.begin(), dump_.messages.end(),
                       [&](const auto& m) { return m.sequence == message.sequence; });
      ASSERT_NE(before, dump_.messages.end());
      EXPECT_EQ(message, *before);
    }
    EXPECT_EQ(sequences, expected);
    EXPECT_EQ(restored.state.at("last_seq"), kLast);
    EXPECT_EQ(restored.state.at("first_seq"), expected.front());
    EXPECT_EQ(restored.config.at("subjects"), Json({"orders.>"}));
    std::set<std::string> names;
    for (const auto& [name, state] : restored.consumers) names.insert(name);
    EXPECT_EQ(names, consumers);
    if (consumers.count("eu") != 0) {
      const auto eu = std::count_if(expected.begin(), expected.end(),
                                    [](std::uint64_t s) { return s % 4 == 0; });
      EXPECT_EQ(client.ConsumerInfo("ORDERS", "eu").at("num_pending"), eu);
    }
    if (consumers.count("slow") == 0) return;
    const auto pending = std::count_if(expected.begin(), expected.end(),
                                       [](std::uint64_t s) { return s > kAcked && s <= kPending; });
    const Json slow = client.ConsumerInfo("ORDERS", "slow");
    EXPECT_EQ(slow.at("num_ack_pending"), pending);
    EXPECT_EQ(slow.at("delivered").at("stream_seq"), kPending);
  }

  std::unique_ptr<Site> site_;
  StreamDump dump_;
};

TEST_P(RestorePartTest, WhatIsChosenComesBackAsItWas) {
  const std::set<std::string> both{"eu", "slow"};
  Check({{"messages", {{"subjects", {"orders.eu.>"}}}}},
        Expected([](std::uint64_t s) { return s % 4 == 0; }), both);
  Check({{"messages", {{"exclude", {"*.eu.>", "*.*.3"}}, {"first_sequence", 20}}}},
        Expected([](std::uint64_t s) { return s >= 20 && s % 4 != 0 && s % 7 != 3; }), both);
  Check({{"messages", {{"last_sequence", 200}}}, {"consumers", Json::array()}},
        Expected([](std::uint64_t s) { return s <= 200; }), {});
  Check({{"consumers", {"slow"}}}, Expected([](std::uint64_t) { return true; }), {"slow"});
  std::set<std::string> seen;
  Sequences last;
  for (std::uint64_t s = kLast; s >= 1; --s) {
    if (s != kGone && seen.insert(SubjectOf(s)).second) last.insert(last.begin(), s);
  }
  Check({{"messages", {{"last_of_each_subject", true}}}}, last, both);
}

TEST_P(RestorePartTest, WhatCannotBeChosenIsRefusedAndChangesNothing) {
  const auto refused = [&](const Json& fields, int code) {
    Json request = fields;
    request["stream"] = "ORDERS";
    const Json answer = Ask(site_->client(), "restore.request", request);
    if (answer.contains("error")) {
      EXPECT_EQ(answer["error"]["err_code"], code) << answer;
    } else {
      const Outcome outcome = site_->End(answer.at("job"));
      EXPECT_EQ(outcome.err_code(), code) << outcome.Text();
    }
    EXPECT_FALSE(site_->client().StreamExists("ORDERS"));
  };
  refused({{"messages", {{"subjects", {"nothing.>"}}}}}, 70400);
  refused({{"messages", {{"first_sequence", kGone}, {"last_sequence", kGone}}}}, 70400);
  refused({{"messages", {{"first_sequence", kLast + 1}}}}, 70400);
  refused({{"messages", {{"first_sequence", 9}, {"last_sequence", 8}}}}, 70400);
  refused({{"messages", {{"subjects", {"a..b"}}}}}, 70403);
  refused({{"messages", {{"since", "soon"}}}}, 70400);
  refused({{"messages", {{"limit", 5}}}}, 70401);
  refused({{"messages", 7}}, 70402);
  refused({{"consumers", {"nobody"}}}, 70400);
  const ProgramResult shown = RunJetkeep({"restore", "ORDERS", "--subject", "orders.eu.>",
                                          "--last-of-each", "--no-consumers", "--verbose"},
                                         {{"NATS_URL", site_->server().Url()}});
  EXPECT_EQ(shown.exit_code, 0) << shown.output;
  EXPECT_NE(shown.error.find("392 of 399 messages are left out"), std::string::npos) << shown.error;
  EXPECT_EQ(site_->client().StreamInfo("ORDERS").at("state").at("messages"), 7);
}

INSTANTIATE_TEST_SUITE_P(Servers, RestorePartTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

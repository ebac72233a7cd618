// What a backup differs in from another one and from the living stream, on every server: right
// after a backup nothing, and after each change that the test makes exactly that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/place.h"
#include "tests/integration/site.h"
#include "tests/integration/stream_kinds.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::json;

constexpr int kDiffers = 59;

class DiffTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { place_ = std::make_unique<Place>(GetParam(), directory_ / "repository"); }
  JetStreamClient& client() { return place_->client(); }

  void MakeOrders() {
    client().CreateStream({{"name", "ORDERS"}, {"subjects", {"orders.>"}}, {"allow_direct", true}});
    for (std::uint64_t i = 1; i <= 300; ++i) {
      // Bytes that are no UTF-8 in headers and payloads.
      client().PublishAcked("orders." + std::to_string(i % 7),
                            i % 10 == 0 ? "\xff\xfe" : "value " + std::to_string(i),
                            i % 3 == 0 ? HeaderBlock({{"N", "\xfc" + std::to_string(i)}}) : "");
    }
    client().DeleteMessage("ORDERS", 222);
  }

  ProgramResult Run(std::vector<std::string> words) {
    words.insert(words.begin(), "diff");
    return RunJetkeep(words, {{"NATS_URL", place_->server().Url()}});
  }
  // The answer, whose exit code must be what it says.
  Json Diff(std::vector<std::string> words) {
    words.emplace_back("--json");
    const ProgramResult result = Run(words);
    Json answer = Json::parse(result.output, nullptr, false);
    EXPECT_TRUE(answer.is_object() && answer.contains("total")) << result.output << result.error;
    if (!answer.is_object() || !answer.contains("total")) return Json::object();
    EXPECT_EQ(result.exit_code, answer["total"] == 0 ? 0 : kDiffers) << result.output;
    return answer;
  }
  // The messages of an answer, each as "change sequence fields…".
  static std::vector<std::string> Messages(const Json& answer) {
    std::vector<std::string> lines;
    for (const Json& message : answer.at("messages")) {
      std::string line = message.at("change").get<std::string>() + " " +
                         std::to_string(message.at("sequence").get<std::uint64_t>());
      for (const Json& field : message.value("fields", Json::array())) {
        line += " " + field.get<std::string>();
      }
      lines.push_back(line);
    }
    return lines;
  }

  ScratchDirectory directory_{"diff"};
  std::unique_ptr<Place> place_;
};

TEST_P(DiffTest, RightAfterABackupNothingDiffersWhateverTheKindOfTheStream) {
  const std::vector<std::string> streams = MakeStreams(client(), GetParam());
  const auto before = DumpAll(client(), streams);
  for (const std::string& stream : streams) place_->BackUp(stream);
  for (const std::string& stream : streams) {
    const Json answer = Diff({stream, "--live"});
    EXPECT_EQ(answer["total"], 0) << stream << ": " << answer;
    EXPECT_EQ(answer["newer"], 0) << stream;
    EXPECT_EQ(answer["left_meanwhile"], 0) << stream;
    EXPECT_EQ(answer["equal"], answer["a"]["messages"]) << stream;
    EXPECT_EQ(answer["b"]["messages"], answer["a"]["messages"]) << stream;
    const Json same = Diff({stream, stream});
    EXPECT_EQ(same["total"], 0) << stream << ": " << same;
  }
  // Nothing was changed by reading: no message acknowledged, no consumer made.
  EXPECT_EQ(DifferenceOf(place_->server(), before), "");
}

TEST_P(DiffTest, EveryChangeIsNamedAndWhatIsNewerIsCounted) {
  MakeOrders();
  client().CreateConsumer("ORDERS", {{"durable_name", "ship"}, {"ack_policy", "explicit"}});
  for (const NatsMessage& message : client().Fetch("ORDERS", "ship", 5)) client().Ack(message);
  place_->BackUp("ORDERS");
  EXPECT_EQ(Diff({"ORDERS", "--live"})["total"], 0);
  // What comes later is no difference, and neither is a consumer that goes on.
  for (int i = 0; i < 50; ++i) client().PublishAcked("orders.9", "newer");
  for (const NatsMessage& message : client().Fetch("ORDERS", "ship", 5)) client().Ack(message);
  Json answer = Diff({"ORDERS", "--live"});
  EXPECT_EQ(answer["total"], 0) << answer;
  EXPECT_EQ(answer["newer"], 50);
  EXPECT_EQ(answer["equal"], 299);

  client().DeleteMessage("ORDERS", 17);
  client().DeleteMessage("ORDERS", 300);
  client().PurgeStream("ORDERS", {{"seq", 4}});
  Json config = client().StreamInfo("ORDERS").at("config");
  config["max_msgs"] = 1000;
  client().UpdateStream(config);
  answer = Diff({"ORDERS", "--live"});
  EXPECT_THAT(Messages(answer), ElementsAre("only_in_a 1", "only_in_a 2", "only_in_a 3",
                                            "only_in_a 17", "only_in_a 300"));
  EXPECT_EQ(answer["only_in_a"], 5);
  EXPECT_EQ(answer["before_b"], 3);
  EXPECT_EQ(answer["newer"], 50);
  EXPECT_EQ(answer["total"], 6);
  ASSERT_EQ(answer["configs"].size(), 1U) << answer;
  EXPECT_EQ(answer["configs"][0]["field"], "max_msgs");
  answer = Diff({"ORDERS", "--live", "--limit", "2"});
  EXPECT_EQ(answer["messages"].size(), 2U);
  EXPECT_EQ(answer["truncated"]["messages"], 3);
  EXPECT_EQ(answer["total"], 6);
  const ProgramResult text = Run({"ORDERS", "--live"});
  EXPECT_THAT(text.output, HasSubstr("[17] orders.3: only in A"));
  EXPECT_THAT(text.output, HasSubstr("3 of them below the first sequence of B"));
  EXPECT_THAT(text.output, HasSubstr("6 differences"));

  // A second backup says the same without the living stream, by the service and without it.
  const auto newest = [&]() -> std::string {
    return Ask(client(), "backup.list", {{"stream", "ORDERS"}}).at("backups").at(0).at("id");
  };
  const std::string a = newest();
  place_->BackUp("ORDERS");
  const std::string b = newest();
  answer = Diff({a, b});
  EXPECT_EQ(answer["only_in_a"], 5);
  EXPECT_EQ(answer["only_in_b"], 50);
  EXPECT_EQ(answer["equal"], 294);
  EXPECT_EQ(answer["positions"].size(), 1U) << answer;
  EXPECT_EQ(answer["total"], 57);
  const ProgramResult asked = Run({a, b, "--json"});
  const ProgramResult read =
      RunJetkeep({"diff", a, b, "--json", "--repository", place_->jetkeep().repository()}, {});
  EXPECT_EQ(asked.output, read.output);
  EXPECT_EQ(read.exit_code, kDiffers);
}

TEST_P(DiffTest, AnotherLifeAndAnotherStreamAreSaid) {
  MakeOrders();
  place_->BackUp("ORDERS");
  client().DeleteStream("ORDERS");
  EXPECT_EQ(Run({"ORDERS", "--live"}).exit_code, 10);
  const Json restored = place_->Restore("ORDERS");
  ASSERT_EQ(CodeOf(restored), 0) << restored;
  Json answer = Diff({"ORDERS", "--live"});
  EXPECT_EQ(answer["total"], 0) << answer;
  client().CreateStream({{"name", "COPY"}, {"sources", {{{"name", "ORDERS"}}}}});
  answer = Diff({"ORDERS", "COPY", "--live"});
  EXPECT_EQ(answer["other_life"], true);
  EXPECT_GT(answer["total"], 0);
  client().DeleteStream("ORDERS");
  client().CreateStream({{"name", "ORDERS"}, {"subjects", {"orders.>"}}});
  client().PublishAcked("orders.1", "another life");
  answer = Diff({"ORDERS", "--live"});
  EXPECT_EQ(answer["different"], 1);
  EXPECT_EQ(answer["only_in_a"], 298);
  EXPECT_THAT(answer["warnings"].dump(), HasSubstr("made anew"));

  EXPECT_EQ(Run({"ORDERS"}).exit_code, 2);
  EXPECT_EQ(Run({"NOSUCH", "--live"}).exit_code, 11);
  EXPECT_EQ(Run({"ORDERS", "NOSUCH", "--live"}).exit_code, 10);
  EXPECT_EQ(Run({"ORDERS", "a.b", "--live"}).exit_code, 2);
  EXPECT_EQ(Run({"ORDERS", "--live", "--limit", "0"}).exit_code, 2);
  EXPECT_EQ(Run({"ORDERS", "--live", "--repository", place_->jetkeep().repository()}).exit_code, 2);
}

TEST_P(DiffTest, AStreamThatIsWrittenIsNoEndlessDifference) {
  MakeOrders();
  // As a member of a set, too.
  const Json set = Ask(client(), "backup.request", {{"streams", {"ORD*"}}, {"wait", true}},
                       std::chrono::seconds(60));
  ASSERT_EQ(CodeOf(set), 0) << set;
  std::atomic<bool> stop = false;
  std::thread publisher([&] {
    JetStreamClient writer(place_->server().Url());
    while (!stop) writer.PublishAcked("orders.1", "on and on");
  });
  std::uint64_t newer = 0;
  for (int i = 0; i < 3; ++i) {
    const Json answer = Diff({"ORDERS", "--live"});
    EXPECT_EQ(answer["total"], 0) << answer;
    EXPECT_EQ(answer["equal"], 299);
    EXPECT_EQ(answer["left_meanwhile"], 0);
    EXPECT_GE(answer["newer"], newer);
    newer = answer.value("newer", std::uint64_t{0});
  }
  stop = true;
  publisher.join();
  EXPECT_GT(newer, 0U);
}

INSTANTIATE_TEST_SUITE_P(Servers, DiffTest, ::testing::ValuesIn(ServerVersions()), VersionName);

}  // namespace
}  // namespace jetkeep::testing

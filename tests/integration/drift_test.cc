// Drift: nothing differs right after a backup, and every change that the test makes to the account
// is named, and nothing else. The judge is the list of changes that the test made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "tests/integration/place.h"
#include "tests/integration/site.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::json;
using Lines = std::set<std::string>;

constexpr int kDriftStatus = 59;
constexpr int kPartly = 3;

// The differences of an answer, each in one line.
Lines LinesOf(const Json& answer) {
  Lines lines;
  for (const Json& one : answer.at("differences")) {
    std::string line =
        one.at("kind").get<std::string>() + " " + one.at("stream").get<std::string>();
    if (one.contains("consumer")) line += "/" + one["consumer"].get<std::string>();
    if (one.at("kind") == "field_differs") {
      line += " " + one.at("field").get<std::string>() + " " + one.value("kept", Json()).dump() +
              " " + one.value("found", Json()).dump();
    }
    EXPECT_TRUE(lines.insert(line).second) << line;
  }
  EXPECT_EQ(answer.at("total"), lines.size());
  return lines;
}

class DriftTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    place_ = std::make_unique<Place>(GetParam(), directory_ / "repository");
    JetStreamClient& client = place_->client();
    client.CreateStream({{"name", "ORDERS"}, {"subjects", {"orders.>"}}, {"max_msgs", 1000}});
    client.CreateStream({{"name", "PLAIN"}, {"subjects", {"plain"}}});
    client.CreateStream({{"name", "LIMITED"},
                         {"subjects", {"limited.a", "limited.b"}},
                         {"retention", "interest"},
                         {"max_age", 3'600 * kSecondNs},
                         {"description", "once"},
                         {"deny_delete", true}});
    client.CreateStream({{"name", "COPY"}, {"sources", {{{"name", "ORDERS"}}}}});
    client.CreateStream({{"name", "MIRROR"}, {"mirror", {{"name", "PLAIN"}}}});
    client.CreateBucket("keys", 5);
    client.PublishMany(20, [](std::uint64_t i) {
      return OutgoingMessage{"orders.a", NumberedPayload(i, 50), ""};
    });
    client.CreateConsumer("ORDERS", {{"durable_name", "ship"}, {"ack_policy", "explicit"}});
    client.CreateConsumer("ORDERS", {{"durable_name", "bill"},
                                     {"ack_policy", "explicit"},
                                     {"max_ack_pending", 7},
                                     {"filter_subject", "orders.a"}});
    client.CreateConsumer("ORDERS", {{"ack_policy", "none"}});
    client.CreateConsumer(
        "PLAIN", {{"durable_name", "push"}, {"deliver_subject", "to.me"}, {"ack_policy", "none"}});
  }

  std::string BackUpSet(const Json& streams = {"*"}) {
    const Json done = Ask(place_->client(), "backup.request",
                          {{"streams", streams}, {"wait", true}}, std::chrono::seconds(60));
    EXPECT_EQ(CodeOf(done), 0) << done;
    return done.at("set_result").at("id");
  }

  ProgramResult Run(std::vector<std::string> words) {
    words.insert(words.begin(), "drift");
    return RunJetkeep(words, {{"NATS_URL", place_->server().Url()}});
  }

  // What the command says, whose status must be that of what it says.
  Lines Drift(std::vector<std::string> words) {
    words.emplace_back("--json");
    const ProgramResult result = Run(words);
    const Json answer = Json::parse(result.output, nullptr, false);
    EXPECT_TRUE(answer.is_object()) << result.output << result.error;
    if (!answer.is_object() || !answer.contains("differences")) {
      return {"no answer: " + result.output};
    }
    const Lines lines = LinesOf(answer);
    EXPECT_EQ(result.exit_code, lines.empty() ? 0 : kDriftStatus) << result.output;
    EXPECT_EQ(answer.at("unknown").size(), 0U) << answer;
    return lines;
  }

  // The newest backups' configurations in one folder.
  std::string Export(const std::vector<std::string>& streams) {
    const std::string folder = directory_ / "configs";
    for (const std::string& stream : streams) {
      const ProgramResult result = RunJetkeep({"config-export", stream, folder + "-" + stream,
                                               "--repository", directory_ / "repository"});
      EXPECT_EQ(result.exit_code, 0) << result.error;
      std::filesystem::create_directories(folder);
      std::filesystem::rename(folder + "-" + stream, folder + "/" + stream);
    }
    return folder;
  }

  ScratchDirectory directory_{"drift"};
  std::unique_ptr<Place> place_;
};

const std::vector<std::string> kAll = {"ORDERS", "PLAIN", "LIMITED", "COPY", "MIRROR", "KV_keys"};

TEST_P(DriftTest, NothingDiffersRightAfterABackupAndARestore) {
  const std::string set = BackUpSet();
  EXPECT_THAT(Drift({}), IsEmpty());
  EXPECT_THAT(Drift({set}), IsEmpty());
  for (const std::string& stream : kAll) EXPECT_THAT(Drift({stream}), IsEmpty()) << stream;
  EXPECT_THAT(Drift({"--dir", Export(kAll)}), IsEmpty());
  const ProgramResult text = Run({set});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.output, HasSubstr("nothing differs (compared 6 streams and"));
  place_->client().DeleteStream("ORDERS");
  EXPECT_EQ(Drift({set}), Lines{"stream_missing ORDERS"});
  const Json restored = place_->Restore("ORDERS");
  EXPECT_EQ(CodeOf(restored), 0) << restored;
  EXPECT_THAT(Drift({set}), IsEmpty());
}

TEST_P(DriftTest, EveryChangeIsNamedAndNothingElse) {
  const std::string set = BackUpSet();
  const std::string folder = Export(kAll);
  const std::string some = BackUpSet({"ORDERS", "KV_*"});
  JetStreamClient& client = place_->client();
  const auto update = [&](const std::string& stream, const Json& changes) {
    Json config = client.StreamInfo(stream).at("config");
    config.update(changes);
    client.UpdateStream(config);
  };
  update("ORDERS",
         {{"max_msgs", 2000}, {"max_age", 60 * kSecondNs}, {"duplicate_window", kSecondNs}});
  update("LIMITED", {{"description", ""}, {"subjects", {"limited.a"}}});
  client.DeleteStream("COPY");
  client.CreateStream({{"name", "NEW"}, {"subjects", {"new"}}});
  client.CreateStream({{"name", "KV_more"}, {"subjects", {"$KV.more.>"}}});
  client.DeleteConsumer("ORDERS", "ship");
  client.CreateConsumer("ORDERS", {{"durable_name", "extra"}, {"ack_policy", "explicit"}});
  client.CreateConsumer("ORDERS", {{"ack_policy", "none"}});  // comes and goes
  client.CreateConsumer("ORDERS", {{"durable_name", "bill"},
                                   {"ack_policy", "explicit"},
                                   {"max_ack_pending", 8},
                                   {"filter_subject", "orders.a"}});
  client.DeleteConsumer("PLAIN", "push");

  const Lines orders = {"field_differs ORDERS max_msgs 1000 2000",
                        "field_differs ORDERS max_age 0 60000000000",
                        "field_differs ORDERS duplicate_window 120000000000 1000000000",
                        "consumer_missing ORDERS/ship",
                        "consumer_extra ORDERS/extra",
                        "field_differs ORDERS/bill max_ack_pending 7 8"};
  Lines all = orders;
  all.insert({R"(field_differs LIMITED description "once" null)",
              R"(field_differs LIMITED subjects ["limited.a","limited.b"] ["limited.a"])",
              "stream_missing COPY", "stream_extra NEW", "stream_extra KV_more",
              "consumer_missing PLAIN/push"});
  // The newest set: of what it was asked for, KV_more would be a part.
  Lines newest = orders;
  newest.insert("stream_extra KV_more");
  EXPECT_EQ(Drift({}), newest);
  EXPECT_EQ(Drift({some}), newest);
  EXPECT_EQ(Drift({set}), all);
  EXPECT_EQ(Drift({"--dir", folder}), all);
  // Of one backup, and of some streams.
  EXPECT_EQ(Drift({"ORDERS"}), orders);
  EXPECT_EQ(Drift({"COPY"}), Lines{"stream_missing COPY"});
  EXPECT_THAT(Drift({"MIRROR"}), IsEmpty());
  EXPECT_EQ(Drift({set, "N*", "C*"}), Lines({"stream_missing COPY", "stream_extra NEW"}));
  EXPECT_EQ(Drift({"--dir", folder, "PLAIN"}), Lines{"consumer_missing PLAIN/push"});

  const ProgramResult text = Run({set});
  EXPECT_EQ(text.exit_code, kDriftStatus);
  EXPECT_THAT(text.output, HasSubstr("stream ORDERS: max_msgs is 2000, kept was 1000\n"));
  EXPECT_THAT(text.output, HasSubstr("stream ORDERS: consumer ship is missing in the account\n"));
  EXPECT_THAT(text.output, HasSubstr("stream NEW is in the account only\n"));
  EXPECT_THAT(text.output, HasSubstr("12 differences (compared 5 streams"));
}

TEST_P(DriftTest, WhatCannotBeComparedIsNoAgreement) {
  EXPECT_EQ(Run({}).exit_code, 53);          // there is no set
  EXPECT_EQ(Run({"ORDERS"}).exit_code, 11);  // no backup
  EXPECT_EQ(Run({"set-20000101T000000Z"}).exit_code, 53);
  const std::string set = BackUpSet({"ORDERS", "PLAIN"});
  EXPECT_EQ(Run({set, "NOBODY*"}).exit_code, 10);
  EXPECT_EQ(Run({"--dir", "/nonexistent"}).exit_code == 0, false);
  const std::string folder = Export({"ORDERS"});
  std::ofstream(folder + "/notes.txt") << "x";
  const ProgramResult refused = Run({"--dir", folder});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.error, HasSubstr("notes.txt: not a configuration"));
  // A backup that is gone from its set.
  const Json list = Ask(place_->client(), "backup.list", {{"stream", "PLAIN"}});
  const Json deleted =
      Ask(place_->client(), "backup.delete",
          {{"backup", list.at("backups").at(0).at("id")}, {"last", true}, {"from_sets", true}});
  EXPECT_EQ(CodeOf(deleted), 0) << deleted;
  const ProgramResult partly = Run({set});
  EXPECT_EQ(partly.exit_code, kPartly) << partly.output << partly.error;
  EXPECT_THAT(partly.output, HasSubstr("stream PLAIN could not be compared"));
  place_->server().Stop();
  EXPECT_NE(Run({set, "--timeout", "1s"}).exit_code, 0);
}

// What a newer server adds to the configurations of an older one is no difference, and a change
// made there is one.
TEST_P(DriftTest, ABackupAgreesWithANewerServersAccount) {
  JETKEEP_NEEDS_SERVER("2.15.3");
  const std::string set = BackUpSet();
  place_ = nullptr;
  place_ = std::make_unique<Place>("2.15.3", directory_ / "repository");
  JetStreamClient& client = place_->client();
  const Lines none = {"stream_missing COPY",   "stream_missing KV_keys", "stream_missing LIMITED",
                      "stream_missing MIRROR", "stream_missing ORDERS",  "stream_missing PLAIN"};
  EXPECT_EQ(Drift({set}), none);
  const Json restored =
      Ask(client, "restore.request", {{"set", set}, {"wait", true}}, std::chrono::seconds(60));
  EXPECT_EQ(CodeOf(restored), 0) << restored;
  EXPECT_THAT(Drift({set}), IsEmpty());
  Json config = client.StreamInfo("LIMITED").at("config");
  config["allow_msg_ttl"] = true;
  client.UpdateStream(config);
  // Servers that know the field write it.
  const std::string kept = AtLeast(GetParam(), "2.11") ? "false" : "null";
  EXPECT_EQ(Drift({set}), Lines{"field_differs LIMITED allow_msg_ttl " + kept + " true"});
}

INSTANTIATE_TEST_SUITE_P(Servers, DriftTest, ::testing::ValuesIn(ServerVersions()), VersionName);

}  // namespace
}  // namespace jetkeep::testing

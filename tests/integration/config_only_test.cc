// Configurations without messages: backups of them, what a restore of one creates, and updates of
// streams that are there. The judge is what the test itself asked the server for, and what the
// server says before and after.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <thread>

#include "tests/integration/place.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kStreamNotFound = 70404;
constexpr int kBackupNotFound = 70405;
constexpr int kLastBackup = 70412;
constexpr int kSetNotFound = 70407;
constexpr int kStreamExists = 70409;
constexpr int kRestoreRefused = 70572;
constexpr int kConfigDiffers = 70577;
constexpr int kConfigImmutable = 70578;
constexpr int kRemovesMessages = 70579;

// What a server adds to the metadata by itself is no part of what was asked for.
Json Plain(Json config) {
  if (config.contains("metadata")) {
    for (auto entry = config["metadata"].begin(); entry != config["metadata"].end();) {
      entry =
          entry.key().starts_with("_nats.") ? config["metadata"].erase(entry) : std::next(entry);
    }
    if (config["metadata"].empty()) config.erase("metadata");
  }
  return config;
}

// Everything that is configuration in the account: of streams, and of their durable consumers.
Json AllConfigs(JetStreamClient& client) {
  Json all = Json::object();
  const Json names = client.Api("STREAM.NAMES").at("streams");
  if (!names.is_array()) return all;
  for (const Json& name : names) {
    Json& stream = all[name.get<std::string>()];
    stream["config"] = Plain(client.StreamInfo(name).at("config"));
    stream["consumers"] = Json::object();
    for (const std::string& consumer : client.ConsumerNames(name)) {
      Json config = client.ConsumerInfo(name, consumer).at("config");
      if (!config.contains("durable_name")) continue;
      stream["consumers"][consumer] = Plain(std::move(config));
    }
  }
  return all;
}

void DeleteAll(JetStreamClient& client) {
  const Json names = client.Api("STREAM.NAMES").at("streams");
  if (!names.is_array()) return;
  for (const Json& name : names) client.DeleteStream(name);
  ASSERT_TRUE(client.Api("STREAM.NAMES").at("streams").is_null());
}

Json Wait(JetStreamClient& client, const std::string& subject, Json body) {
  body["wait"] = true;
  return Ask(client, subject, body, seconds(120));
}

// "field_differs S/c ack_wait" of each, in the order of the answer.
std::vector<std::string> ChangesOf(const Json& answer) {
  std::vector<std::string> lines;
  for (const Json& one : answer.value("differences", Json::array())) {
    std::string line =
        one.at("kind").get<std::string>() + " " + one.at("stream").get<std::string>();
    if (one.contains("consumer")) line += "/" + one["consumer"].get<std::string>();
    if (one.contains("field")) line += " " + one["field"].get<std::string>();
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

class ConfigOnlyTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    JETKEEP_NEEDS_SERVER(GetParam());
    place_ = std::make_unique<Place>(GetParam(), directory_ / "repository");
    client_ = &place_->client();
  }

  void MakeOrders() {
    client_->CreateStream({{"name", "ORDERS"},
                           {"subjects", {"orders.>"}},
                           {"max_msgs", 1000},
                           {"description", "as it was"}});
    client_->PublishMany(50, [](std::uint64_t i) {
      return OutgoingMessage{"orders." + std::to_string(i % 5), NumberedPayload(i, 50), ""};
    });
    client_->CreateConsumer("ORDERS", {{"durable_name", "ship"}, {"ack_policy", "explicit"}});
    client_->CreateConsumer("ORDERS", {{"durable_name", "late"},
                                       {"ack_policy", "explicit"},
                                       {"deliver_policy", "by_start_sequence"},
                                       {"opt_start_seq", 20},
                                       {"filter_subject", "orders.1"}});
    client_->CreateConsumer("ORDERS", {{"ack_policy", "none"}});
    for (const NatsMessage& message : client_->Fetch("ORDERS", "ship", 10)) client_->Ack(message);
  }

  // The id of a backup of the configuration.
  std::string BackUpConfig(const std::string& stream) {
    const Json done = Wait(*client_, "backup.request", {{"stream", stream}, {"config_only", true}});
    EXPECT_EQ(CodeOf(done), 0) << done;
    return done.at("result").at("id");
  }
  std::string BackUpConfigs(const Json& streams) {
    const Json done =
        Wait(*client_, "backup.request", {{"streams", streams}, {"config_only", true}});
    EXPECT_EQ(CodeOf(done), 0) << done;
    return done.at("set_result").at("id");
  }
  std::string BackUp(const std::string& stream) {
    const Json done = Wait(*client_, "backup.request", {{"stream", stream}});
    EXPECT_EQ(CodeOf(done), 0) << done;
    return done.at("result").at("id");
  }
  Json Restore(const Json& body) { return Wait(*client_, "restore.request", body); }
  Json Plan(Json body) {
    body["dry_run"] = true;
    return Ask(*client_, "restore.request", body, seconds(60));
  }
  std::uint64_t Messages(const std::string& stream) {
    return client_->StreamInfo(stream).at("state").at("messages");
  }
  static bool AtLeast(const std::string& version) {
    return ::jetkeep::testing::AtLeast(GetParam(), version);
  }

  ScratchDirectory directory_{"config_only"};
  std::unique_ptr<Place> place_;
  JetStreamClient* client_ = nullptr;
};

TEST_P(ConfigOnlyTest, NoSnapshotIsAskedForAndTheBackupNeverPassesForOneWithMessages) {
  MakeOrders();
  const auto snapshots = client_->Subscribe("$JS.API.STREAM.SNAPSHOT.>");
  const auto reads = client_->Subscribe("$JS.API.STREAM.MSG.GET.>");
  client_->Flush();
  const Json done = Wait(*client_, "backup.request", {{"stream", "ORDERS"}, {"config_only", true}});
  ASSERT_EQ(CodeOf(done), 0) << done;
  EXPECT_FALSE(client_->Next(snapshots, milliseconds(200)));
  EXPECT_FALSE(client_->Next(reads, milliseconds(10)));
  const Json& result = done.at("result");
  EXPECT_EQ(result.at("condition"), "config_only");
  EXPECT_EQ(result.at("kind"), "config");
  EXPECT_EQ(result.at("messages"), 0);
  EXPECT_EQ(result.at("consumers"), 2);
  const std::string config = result.at("id");

  const Json shown = Ask(*client_, "backup.show", {{"backup", config}});
  EXPECT_EQ(shown.at("condition"), "config_only");
  EXPECT_EQ(shown.at("config").at("max_msgs"), 1000);
  // Nobody gets "no messages" for an answer who asks for some.
  EXPECT_EQ(CodeOf(Ask(*client_, "backup.get", {{"backup", config}, {"sequence", 1}})),
            kBackupNotFound);
  EXPECT_EQ(CodeOf(Ask(*client_, "backup.messages", {{"backup", config}})), kBackupNotFound);
  EXPECT_EQ(CodeOf(Wait(*client_, "backup.verify", {{"backup", config}})), 0);

  // By its name alone the stream is not restored from it.
  client_->DeleteStream("ORDERS");
  const Json refused = Restore({{"stream", "ORDERS"}});
  EXPECT_EQ(CodeOf(refused), kBackupNotFound) << refused;
  EXPECT_THAT(refused.dump(), HasSubstr(config));
  EXPECT_FALSE(client_->StreamExists("ORDERS"));
}

TEST_P(ConfigOnlyTest, TheNewestBackupWithMessagesIsRestoredByNameAndItsLineageGoesOn) {
  MakeOrders();
  const std::string full = BackUp("ORDERS");
  const std::string config = BackUpConfig("ORDERS");
  const std::string next = BackUp("ORDERS");
  const auto lineage = [&](const std::string& id) {
    return Ask(*client_, "backup.show", {{"backup", id}}).at("lineage");
  };
  EXPECT_EQ(lineage(full), lineage(next));
  EXPECT_NE(lineage(full), lineage(config));

  const std::string newest = BackUpConfig("ORDERS");
  client_->DeleteStream("ORDERS");
  const Json restored = Restore({{"stream", "ORDERS"}});
  ASSERT_EQ(CodeOf(restored), 0) << restored;
  EXPECT_EQ(restored.at("backup"), next);
  EXPECT_EQ(Messages("ORDERS"), 50U);

  // The last good backup stays the last good one, however many of configurations there are.
  EXPECT_EQ(CodeOf(Ask(*client_, "backup.delete", {{"backup", full}})), 0);
  EXPECT_EQ(CodeOf(Ask(*client_, "backup.delete", {{"backup", next}})), kLastBackup);
  EXPECT_EQ(CodeOf(Ask(*client_, "backup.delete", {{"backup", config}})), 0);
  EXPECT_EQ(CodeOf(Ask(*client_, "backup.delete", {{"backup", newest}})), 0);
}

// By the stream's name, an update and a comparison take the newest configuration, whether there are
// messages beside it or not.
TEST_P(ConfigOnlyTest, TheNewestConfigurationIsComparedAndBroughtBackByName) {
  MakeOrders();
  const auto describe = [&](const std::string& text) {
    Json config = client_->StreamInfo("ORDERS").at("config");
    config["description"] = text;
    client_->UpdateStream(config);
  };
  const std::string full = BackUp("ORDERS");
  describe("newer");
  const std::string config = BackUpConfig("ORDERS");
  describe("changed");
  const ProgramResult drift =
      RunJetkeep({"drift", "ORDERS"}, {{"NATS_URL", place_->server().Url()}});
  EXPECT_EQ(drift.exit_code, 59) << drift.error;
  EXPECT_THAT(drift.output, HasSubstr("kept was \"newer\""));
  const Json plan = Plan({{"stream", "ORDERS"}, {"update_config", true}});
  EXPECT_EQ(plan.value("backup", ""), config) << plan;
  const Json done = Restore({{"stream", "ORDERS"}, {"update_config", true}});
  ASSERT_EQ(CodeOf(done), 0) << done;
  EXPECT_EQ(done.at("backup"), config);
  EXPECT_EQ(client_->StreamInfo("ORDERS").at("config").at("description"), "newer");
  // A newer one with messages is as good.
  const std::string newest = BackUp("ORDERS");
  EXPECT_EQ(Plan({{"stream", "ORDERS"}, {"update_config", true}}).value("backup", ""), newest);
  // What is gone does not come back empty where a backup has its messages.
  BackUpConfig("ORDERS");
  client_->DeleteStream("ORDERS");
  EXPECT_EQ(CodeOf(Restore({{"stream", "ORDERS"}, {"update_config", true}})), kStreamNotFound);
  EXPECT_FALSE(client_->StreamExists("ORDERS"));
  // Where there are only backups of the configuration, they are taken.
  client_->CreateStream({{"name", "ONLY"}, {"subjects", {"only"}}, {"description", "as it was"}});
  BackUpConfig("ONLY");
  client_->UpdateStream({{"name", "ONLY"}, {"subjects", {"only"}}, {"description", "changed"}});
  EXPECT_EQ(CodeOf(Restore({{"stream", "ONLY"}, {"update_config", true}})), 0);
  EXPECT_EQ(client_->StreamInfo("ONLY").at("config").at("description"), "as it was");
}

TEST_P(ConfigOnlyTest, ARestoreCreatesWhatIsAbsentAndNothingElse) {
  MakeOrders();
  const Json before = AllConfigs(*client_);
  const std::string backup = BackUpConfig("ORDERS");

  // All of it.
  client_->DeleteStream("ORDERS");
  const Json plan = Plan({{"backup", backup}});
  ASSERT_EQ(CodeOf(plan), 0) << plan;
  EXPECT_EQ(plan.at("possible"), true) << plan;
  EXPECT_EQ(plan.at("state").at("messages"), 0);
  EXPECT_FALSE(client_->StreamExists("ORDERS"));
  const Json made = Restore({{"backup", backup}});
  ASSERT_EQ(CodeOf(made), 0) << made;
  EXPECT_EQ(AllConfigs(*client_), before);
  EXPECT_EQ(Messages("ORDERS"), 0U);
  EXPECT_EQ(client_->PublishAcked("orders.1", "first"), 1U);
  EXPECT_EQ(client_->Fetch("ORDERS", "ship", 1).size(), 1U);
  // The other one begins at its start.
  for (int i = 2; i <= 21; ++i) client_->PublishAcked("orders.1", std::to_string(i));
  const auto late = client_->Fetch("ORDERS", "late", 1);
  ASSERT_EQ(late.size(), 1U);
  EXPECT_EQ(ParseDelivery(late.front().reply).stream_sequence, 20U);

  // A consumer.
  client_->DeleteConsumer("ORDERS", "late");
  client_->CreateConsumer("ORDERS", {{"durable_name", "mine"}, {"ack_policy", "explicit"}});
  const Json consumer = Restore({{"backup", backup}});
  ASSERT_EQ(CodeOf(consumer), 0) << consumer;
  EXPECT_EQ(consumer.value("updated", false), true) << consumer;
  EXPECT_EQ(ChangesOf(consumer), (std::vector<std::string>{"consumer_extra ORDERS/mine",
                                                           "consumer_missing ORDERS/late"}));
  EXPECT_THAT(WarningsOf(consumer), HasSubstr("consumer mine is not in the backup"));
  EXPECT_EQ(Messages("ORDERS"), 21U);
  Json now = AllConfigs(*client_);
  now["ORDERS"]["consumers"].erase("mine");
  EXPECT_EQ(now, before);

  // Nothing: where the same is there already.
  client_->DeleteConsumer("ORDERS", "mine");
  const Json same = Restore({{"backup", backup}});
  ASSERT_EQ(CodeOf(same), 0) << same;
  EXPECT_TRUE(ChangesOf(same).empty()) << same;

  // What was not asked for is left out, and not said to be missing from the backup.
  const Json some = Restore({{"backup", backup}, {"consumers", {"ship"}}});
  ASSERT_EQ(CodeOf(some), 0) << some;
  EXPECT_TRUE(ChangesOf(some).empty()) << some;
  EXPECT_THAT(WarningsOf(some), HasSubstr("consumer late is left out, as asked"));

  // Under another name it makes a stream, and adds nothing to one that is there.
  client_->CreateStream({{"name", "COPY"},
                         {"subjects", {"copy.>"}},
                         {"max_msgs", 1000},
                         {"description", "as it was"}});
  const Json there = AllConfigs(*client_);
  const Json copy{{"backup", backup},
                  {"as", "COPY"},
                  {"map_subjects", {{{"from", "orders.>"}, {"to", "copy.>"}}}}};
  const Json taken = Restore(copy);
  EXPECT_EQ(CodeOf(taken), kStreamExists) << taken;
  EXPECT_EQ(Plan(copy).at("possible"), false);
  EXPECT_EQ(AllConfigs(*client_), there);
  client_->DeleteStream("COPY");

  // What is there with another configuration stays as it is.
  Json config = client_->StreamInfo("ORDERS").at("config");
  config["max_msgs"] = 2000;
  client_->UpdateStream(config);
  client_->DeleteConsumer("ORDERS", "ship");
  const Json differs = Restore({{"backup", backup}});
  EXPECT_EQ(CodeOf(differs), kConfigDiffers) << differs;
  EXPECT_THAT(differs.dump(), HasSubstr("max_msgs is 2000, the backup has 1000"));
  EXPECT_EQ(client_->ConsumerNames("ORDERS"), std::vector<std::string>{"late"});
}

TEST_P(ConfigOnlyTest, AnUpdateBringsAStreamThatIsThereToTheBackup) {
  MakeOrders();
  const Json before = AllConfigs(*client_);
  for (const bool config_only : {true, false}) {
    const std::string backup = config_only ? BackUpConfig("ORDERS") : BackUp("ORDERS");
    Json config = client_->StreamInfo("ORDERS").at("config");
    config["max_msgs"] = 2000;
    config["description"] = "changed";
    config["subjects"] = {"orders.>", "more"};
    client_->UpdateStream(config);
    client_->CreateConsumer("ORDERS", {{"durable_name", "ship"},
                                       {"ack_policy", "explicit"},
                                       {"max_ack_pending", 7},
                                       {"ack_wait", 5 * kSecondNs}});
    client_->DeleteConsumer("ORDERS", "late");
    client_->CreateConsumer("ORDERS", {{"durable_name", "mine"}, {"ack_policy", "explicit"}});
    const std::vector<std::string> expected{"consumer_extra ORDERS/mine",
                                            "consumer_missing ORDERS/late",
                                            "field_differs ORDERS description",
                                            "field_differs ORDERS max_msgs",
                                            "field_differs ORDERS subjects",
                                            "field_differs ORDERS/ship ack_wait",
                                            "field_differs ORDERS/ship max_ack_pending"};
    const Json there = AllConfigs(*client_);

    const Json plan = Plan({{"backup", backup}, {"update_config", true}});
    ASSERT_EQ(CodeOf(plan), 0) << plan;
    EXPECT_EQ(plan.at("possible"), true) << plan;
    EXPECT_EQ(plan.value("updates", false), true) << plan;
    EXPECT_EQ(ChangesOf(plan), expected);
    EXPECT_EQ(AllConfigs(*client_), there);

    const Json done = Restore({{"backup", backup}, {"update_config", true}});
    ASSERT_EQ(CodeOf(done), 0) << done;
    EXPECT_EQ(ChangesOf(done), expected);
    EXPECT_EQ(Messages("ORDERS"), 50U);
    Json now = AllConfigs(*client_);
    EXPECT_TRUE(now["ORDERS"]["consumers"].contains("mine"));
    now["ORDERS"]["consumers"].erase("mine");
    EXPECT_EQ(now, before);
    // Where it stood it stands.
    EXPECT_EQ(client_->ConsumerInfo("ORDERS", "ship").at("ack_floor").at("stream_seq"), 10);
    client_->DeleteConsumer("ORDERS", "mine");
  }
}

// The backup holds all that was set: what it does not name is taken back.
TEST_P(ConfigOnlyTest, AnUpdateTakesBackWhatWasSetSince) {
  client_->CreateStream({{"name", "S"}, {"subjects", {"s"}}});
  for (const char* name : {"batch", "threshold"}) {
    client_->CreateConsumer("S", {{"durable_name", name}, {"ack_policy", "explicit"}});
  }
  const std::string backup = BackUp("S");
  const Json before = AllConfigs(*client_);
  client_->CreateConsumer(
      "S", {{"durable_name", "batch"}, {"ack_policy", "explicit"}, {"max_batch", 1}});
  client_->CreateConsumer("S", {{"durable_name", "threshold"},
                                {"ack_policy", "explicit"},
                                {"inactive_threshold", 3600 * kSecondNs}});
  const std::vector<std::string> expected{"field_differs S/batch max_batch",
                                          "field_differs S/threshold inactive_threshold"};
  EXPECT_EQ(ChangesOf(Ask(*client_, "backup.drift", {{"backup", backup}})), expected);
  const Json done = Restore({{"backup", backup}, {"update_config", true}});
  ASSERT_EQ(CodeOf(done), 0) << done;
  EXPECT_EQ(ChangesOf(done), expected);
  EXPECT_EQ(AllConfigs(*client_), before);
  EXPECT_THAT(ChangesOf(Ask(*client_, "backup.drift", {{"backup", backup}})), IsEmpty());
}

TEST_P(ConfigOnlyTest, WhatTheServerCannotChangeIsNamedBeforeAnythingIsChanged) {
  struct Case {
    std::string field;
    Json kept = Json::object();
    Json found = Json::object();
    bool refused;
  };
  const std::vector<Case> cases = {
      {"storage", {{"storage", "memory"}}, Json::object(), true},
      {"retention", {{"retention", "workqueue"}}, Json::object(), true},
      {"retention", {{"retention", "interest"}}, {{"retention", "limits"}}, !AtLeast("2.10")},
      {"max_consumers", {{"max_consumers", 5}}, {{"max_consumers", 9}}, !AtLeast("2.12")},
      {"deny_delete", Json::object(), {{"deny_delete", true}}, true},
      {"deny_purge", Json::object(), {{"deny_purge", true}}, true},
      {"republish",
       {{"republish", {{"src", ">"}, {"dest", "re.>"}}}},
       Json::object(),
       !AtLeast("2.10")},
      {"discard", {{"discard", "new"}}, Json::object(), false},
  };
  int number = 0;
  for (const Case& one : cases) {
    const std::string name = "S" + std::to_string(++number);
    Json kept{{"name", name}, {"subjects", {name + ".>"}}};
    Json found = kept;
    kept.update(one.kept);
    found.update(one.found);
    if (one.field == "republish") kept["republish"]["src"] = name + ".>";
    client_->CreateStream(kept);
    const std::string backup = BackUpConfig(name);
    client_->DeleteStream(name);
    found["description"] = "changed";
    client_->CreateStream(found);
    const Json there = AllConfigs(*client_);
    const Json done = Restore({{"backup", backup}, {"update_config", true}});
    EXPECT_EQ(CodeOf(done), one.refused ? kConfigImmutable : 0) << one.field << " " << done;
    if (!one.refused) continue;
    EXPECT_THAT(done.dump(), HasSubstr(one.field));
    EXPECT_EQ(AllConfigs(*client_), there) << one.field;
  }

  // Of consumers.
  client_->CreateStream({{"name", "C"}, {"subjects", {"c.>"}}});
  client_->CreateConsumer("C", {{"durable_name", "c"}, {"ack_policy", "explicit"}});
  const std::string backup = BackUpConfig("C");
  client_->DeleteConsumer("C", "c");
  client_->CreateConsumer("C", {{"durable_name", "c"}, {"ack_policy", "all"}});
  const Json there = AllConfigs(*client_);
  const Json done = Restore({{"backup", backup}, {"update_config", true}});
  EXPECT_EQ(CodeOf(done), kConfigImmutable) << done;
  EXPECT_THAT(done.dump(), HasSubstr("consumer c: ack_policy"));
  EXPECT_EQ(AllConfigs(*client_), there);
}

// A stream that is sealed can neither be opened nor changed.
TEST_P(ConfigOnlyTest, ASealedStreamIsLeftAsItIs) {
  MakeOrders();
  const std::string backup = BackUpConfig("ORDERS");
  Json config = client_->StreamInfo("ORDERS").at("config");
  config["sealed"] = true;
  client_->UpdateStream(config);
  const Json done = Restore({{"backup", backup}, {"update_config", true}});
  EXPECT_EQ(CodeOf(done), kConfigImmutable) << done;
  EXPECT_THAT(done.dump(), HasSubstr("sealed"));
  // The reverse: what a backup of a sealed stream does to one that is open cannot be undone.
  const std::string sealed = BackUpConfig("ORDERS");
  client_->DeleteStream("ORDERS");
  client_->CreateStream({{"name", "ORDERS"}, {"subjects", {"orders.>"}}});
  const Json seals = Restore({{"backup", sealed}, {"update_config", true}});
  EXPECT_EQ(CodeOf(seals), 0) << seals;
  EXPECT_EQ(client_->StreamInfo("ORDERS").at("config").at("sealed"), true);
}

TEST_P(ConfigOnlyTest, AnUpdateThatRemovesMessagesSaysHowManyAndNeedsLeave) {
  struct Case {
    const char* field;
    Json value;
    std::uint64_t least;
    std::uint64_t most;
    std::uint64_t left;
  };
  // 50 messages on 5 subjects. Older servers carry limits for each subject out message by message.
  const bool at_once = AtLeast("2.12");
  const std::vector<Case> cases = {
      {"max_msgs", 20, 30, 30, 20},
      {"max_msgs_per_subject", 1, at_once ? 45U : 0U, 45, 5},
      {"max_msgs_per_subject", 3, at_once ? 35U : 0U, 45, 15},
      {"max_bytes", 1000, 1, 50, 0},
      {"max_age", kSecondNs, 50, 50, 0},
  };
  for (const Case& one : cases) {
    Json config{{"name", "S"}, {"subjects", {"s.>"}}};
    config[one.field] = one.value;
    client_->CreateStream(config);
    const std::string backup = BackUpConfig("S");
    client_->DeleteStream("S");
    config.erase(one.field);
    client_->CreateStream(config);
    client_->PublishMany(50, [](std::uint64_t i) {
      return OutgoingMessage{"s." + std::to_string(i % 5), NumberedPayload(i, 50), ""};
    });
    if (one.field == std::string("max_age")) {
      std::this_thread::sleep_for(milliseconds(1200));
    }
    const Json there = AllConfigs(*client_);
    const Json plan = Plan({{"backup", backup}, {"update_config", true}});
    ASSERT_TRUE(plan.contains("removals")) << one.field << " " << plan;
    EXPECT_EQ(plan.at("possible"), false);
    const Json& removal = plan.at("removals").at(0);
    EXPECT_EQ(removal.at("at_least"), one.least) << one.field << " " << plan;
    EXPECT_EQ(removal.at("at_most"), one.most) << one.field << " " << plan;
    const Json refused = Restore({{"backup", backup}, {"update_config", true}});
    EXPECT_EQ(CodeOf(refused), kRemovesMessages) << refused;
    EXPECT_EQ(AllConfigs(*client_), there);
    EXPECT_EQ(Messages("S"), 50U);
    const Json done =
        Restore({{"backup", backup}, {"update_config", true}, {"allow_removal", true}});
    EXPECT_EQ(CodeOf(done), 0) << done;
    const auto by = std::chrono::steady_clock::now() + seconds(10);
    const auto left = [&] {
      const std::uint64_t count = Messages("S");
      if (!at_once && one.field == std::string("max_msgs_per_subject")) return true;
      return one.left == 0 ? count < 50U : count == one.left;
    };
    while (!left() && std::chrono::steady_clock::now() < by) {
      std::this_thread::sleep_for(milliseconds(50));
    }
    EXPECT_TRUE(left()) << one.field << ": " << Messages("S");
    client_->DeleteStream("S");
  }
  // Limits that nothing exceeds need no leave.
  Json config{
      {"name", "S"}, {"subjects", {"s.>"}}, {"max_msgs", 20}, {"max_age", 3600 * kSecondNs}};
  client_->CreateStream(config);
  const std::string backup = BackUpConfig("S");
  config.erase("max_msgs");
  config.erase("max_age");
  client_->UpdateStream(config);
  client_->PublishMany(20, [](std::uint64_t) { return OutgoingMessage{"s.a", "x", ""}; });
  EXPECT_EQ(CodeOf(Restore({{"backup", backup}, {"update_config", true}})), 0);
  EXPECT_EQ(Messages("S"), 20U);
}

// What happens to messages because of headers that the stream has not obeyed so far, only later, or
// once a consumer has gone, cannot be counted before: it needs leave nevertheless.
TEST_P(ConfigOnlyTest, AnUpdateThatMayRemoveAnUnknownNumberNeedsLeave) {
  const auto needs_leave = [&](const std::string& backup, std::uint64_t messages,
                               const std::string& why) {
    const Json plan = Plan({{"backup", backup}, {"update_config", true}});
    ASSERT_TRUE(plan.contains("removals")) << plan;
    EXPECT_EQ(plan.at("possible"), false);
    EXPECT_THAT(plan.at("removals").at(0).at("why").get<std::string>(), HasSubstr(why));
    EXPECT_EQ(plan.at("removals").at(0).value("at_least", 0), 0) << plan;
    EXPECT_EQ(plan.at("removals").at(0).at("at_most"), messages) << plan;
    const Json there = AllConfigs(*client_);
    const Json refused = Restore({{"backup", backup}, {"update_config", true}});
    EXPECT_EQ(CodeOf(refused), kRemovesMessages) << refused;
    EXPECT_EQ(AllConfigs(*client_), there);
    const Json done =
        Restore({{"backup", backup}, {"update_config", true}, {"allow_removal", true}});
    EXPECT_EQ(CodeOf(done), 0) << done;
  };
  const auto publish = [&](const std::string& subject) {
    client_->PublishMany(10, [&](std::uint64_t) { return OutgoingMessage{subject, "x", ""}; });
  };
  // A consumer that goes lets the messages of an interest stream go.
  client_->CreateStream({{"name", "I"}, {"subjects", {"i"}}, {"retention", "interest"}});
  Json consumer{{"durable_name", "c"}, {"ack_policy", "explicit"}};
  consumer["inactive_threshold"] = 3600 * kSecondNs;
  client_->CreateConsumer("I", consumer);
  const std::string goes = BackUpConfig("I");
  consumer["inactive_threshold"] = 7200 * kSecondNs;
  client_->CreateConsumer("I", consumer);
  publish("i");
  needs_leave(goes, 10, "inactive_threshold of consumer c");
  // The reverse takes nothing.

  consumer["inactive_threshold"] = 60 * kSecondNs;
  client_->CreateConsumer("I", consumer);
  EXPECT_EQ(CodeOf(Restore({{"backup", goes}, {"update_config", true}})), 0);
  EXPECT_EQ(Messages("I"), 10U);

  if (AtLeast("2.10")) {
    client_->CreateStream({{"name", "F"}, {"subjects", {"f"}}, {"first_seq", 6}});
    const std::string backup = BackUpConfig("F");
    client_->DeleteStream("F");
    client_->CreateStream({{"name", "F"}, {"subjects", {"f"}}});
    publish("f");
    needs_leave(backup, 10, "first_seq 6");
    EXPECT_EQ(Messages("F"), 10U) << "servers do it once they start again";
  }
  if (!AtLeast("2.11")) return;
  client_->CreateStream({{"name", "O"}, {"subjects", {"o"}}, {"allow_msg_ttl", true}});
  const Json sourcing{{"name", "T"}, {"sources", {{{"name", "O"}}}}};
  Json with_ttl = sourcing;
  with_ttl["allow_msg_ttl"] = true;
  client_->CreateStream(with_ttl);
  const std::string backup = BackUpConfig("T");
  client_->DeleteStream("T");
  client_->CreateStream(sourcing);
  client_->PublishMany(10, [](std::uint64_t) {
    return OutgoingMessage{"o", "x", "NATS/1.0\r\nNats-TTL: 1s\r\n\r\n"};
  });
  const auto wait_for = [&](const std::string& stream, std::uint64_t count) {
    const auto by = std::chrono::steady_clock::now() + seconds(20);
    while (Messages(stream) != count && std::chrono::steady_clock::now() < by) {
      std::this_thread::sleep_for(milliseconds(50));
    }
    EXPECT_EQ(Messages(stream), count) << stream;
  };
  wait_for("T", 10);
  wait_for("O", 0);
  needs_leave(backup, 10, "allow_msg_ttl true");
  wait_for("T", 0);
}

TEST_P(ConfigOnlyTest, RequestsThatContradictThemselvesAreRefused) {
  MakeOrders();
  const std::string full = BackUp("ORDERS");
  EXPECT_EQ(CodeOf(Restore({{"backup", full}, {"allow_removal", true}})), 70400);
  EXPECT_EQ(
      CodeOf(Restore(
          {{"backup", full}, {"update_config", true}, {"messages", {{"first_sequence", 3}}}})),
      70400);
  EXPECT_EQ(CodeOf(Restore({{"backup", full}})), kStreamExists);
  // What a full backup holds of a stream that is gone is more than its configuration.
  client_->DeleteStream("ORDERS");
  EXPECT_EQ(CodeOf(Restore({{"backup", full}, {"update_config", true}})), kStreamNotFound);
  EXPECT_FALSE(client_->StreamExists("ORDERS"));
}

// Of each kind, a stream.
class ConfigSetTest : public ConfigOnlyTest {
 protected:
  void MakeAccount() {
    MakeOrders();
    client_->CreateBucket("keys", 5);
    client_->CreateObjectStore("things");
    client_->PutKey("keys", "a", "1");
    client_->CreateStream({{"name", "COPY"}, {"sources", {{{"name", "ORDERS"}}}}});
    client_->CreateStream({{"name", "MIRROR"}, {"mirror", {{"name", "ORDERS"}}}});
    client_->CreateStream({{"name", "MEM"}, {"subjects", {"mem"}}, {"storage", "memory"}});
    client_->CreateStream(
        {{"name", "QUEUE"}, {"subjects", {"queue.>"}}, {"retention", "workqueue"}});
    client_->CreateConsumer("QUEUE", {{"durable_name", "work"}, {"ack_policy", "explicit"}});
    client_->CreateConsumer("MEM", {{"durable_name", "m"}, {"ack_policy", "explicit"}});
    Json from{{"name", "FROM"}, {"subjects", {"from"}}};
    if (AtLeast("2.10")) from["first_seq"] = 1000;
    client_->CreateStream(from);
    client_->CreateConsumer("FROM", {{"durable_name", "f"}, {"ack_policy", "explicit"}});
    // Where it begins is no part of a configuration that says nothing of it.
    client_->CreateConsumer(
        "FROM", {{"durable_name", "fm"}, {"ack_policy", "explicit"}, {"mem_storage", true}});
    client_->CreateConsumer("FROM", {{"durable_name", "fl"},
                                     {"ack_policy", "explicit"},
                                     {"mem_storage", true},
                                     {"deliver_policy", "by_start_sequence"},
                                     {"opt_start_seq", 1001}});
  }
};

TEST_P(ConfigSetTest, AnAccountComesBackWithoutItsMessages) {
  MakeAccount();
  const Json before = AllConfigs(*client_);
  const Json full = Wait(*client_, "backup.request", {{"streams", {"ORDERS"}}});
  ASSERT_EQ(CodeOf(full), 0) << full;
  const auto snapshots = client_->Subscribe("$JS.API.STREAM.SNAPSHOT.>");
  client_->Flush();
  const std::string set = BackUpConfigs({"*"});
  EXPECT_FALSE(client_->Next(snapshots, milliseconds(200)));
  const Json shown = Ask(*client_, "backup.set", {{"set", set}});
  EXPECT_EQ(shown.at("condition"), "config_only");
  EXPECT_EQ(shown.at("config_only"), true);
  EXPECT_EQ(shown.at("messages"), 0);
  // latest means one with messages, but where configurations are compared.
  EXPECT_EQ(Ask(*client_, "backup.set", {{"set", "latest"}}).at("id"),
            full.at("set_result").at("id"));
  const Json drift = Ask(*client_, "backup.drift", {{"set", "latest"}});
  EXPECT_EQ(drift.at("set"), set);
  EXPECT_EQ(drift.at("total"), 0) << drift;

  DeleteAll(*client_);
  const Json plan = Plan({{"set", set}});
  ASSERT_EQ(CodeOf(plan), 0) << plan;
  EXPECT_EQ(plan.at("possible"), true) << plan;
  EXPECT_EQ(plan.at("total"), before.size());
  EXPECT_TRUE(AllConfigs(*client_).empty());
  const Json restored = Restore({{"set", set}});
  ASSERT_EQ(CodeOf(restored), 0) << restored;
  EXPECT_EQ(AllConfigs(*client_), before);
  for (const auto& [name, stream] : before.items()) EXPECT_EQ(Messages(name), 0U) << name;
  EXPECT_EQ(client_->PublishAcked("from", "x"), AtLeast("2.10") ? 1000U : 1U);
  // A consumer may hear of the message a moment after its publisher.
  EXPECT_EQ(client_->Pull("FROM", "f", 1, seconds(10)).size(), 1U);
  EXPECT_EQ(client_->Pull("FROM", "fm", 1, seconds(10)).size(), 1U);
  EXPECT_EQ(client_->PublishAcked("mem", "x"), 1U);
  EXPECT_EQ(client_->Pull("MEM", "m", 1, seconds(10)).size(), 1U);
  // Origins feed what mirrors and sources them.
  client_->PublishAcked("orders.a", "x");
  const auto by = std::chrono::steady_clock::now() + seconds(20);
  while ((Messages("MIRROR") == 0 || Messages("COPY") == 0) &&
         std::chrono::steady_clock::now() < by) {
    std::this_thread::sleep_for(milliseconds(50));
  }
  EXPECT_EQ(Messages("MIRROR"), 1U);
  EXPECT_EQ(Messages("COPY"), 1U);

  // Again: nothing differs. Some are gone, and one consumer: they come back, the rest stays.
  client_->DeleteStream("COPY");
  client_->DeleteStream("QUEUE");
  client_->DeleteConsumer("ORDERS", "ship");
  const Json again = Restore({{"set", set}});
  ASSERT_EQ(CodeOf(again), 0) << again;
  EXPECT_EQ(again.at("set_result").at("updated"), before.size() - 2);
  EXPECT_EQ(AllConfigs(*client_), before);
  EXPECT_EQ(Messages("ORDERS"), 1U);
}

TEST_P(ConfigSetTest, AnUpdateOfASetIsCheckedAsAWhole) {
  client_->CreateStream({{"name", "A"}, {"subjects", {"a", "moves"}}});
  client_->CreateStream({{"name", "B"}, {"subjects", {"b"}}});
  client_->CreateStream({{"name", "C"}, {"subjects", {"c"}}});
  const Json before = AllConfigs(*client_);
  const std::string set = BackUpConfigs({"*"});

  // A subject goes back from one stream to the other.
  client_->UpdateStream({{"name", "A"}, {"subjects", {"a"}}});
  client_->UpdateStream({{"name", "B"}, {"subjects", {"b", "moves"}}});
  client_->DeleteStream("C");
  const Json plan = Plan({{"set", set}, {"update_config", true}});
  ASSERT_EQ(CodeOf(plan), 0) << plan;
  EXPECT_EQ(plan.at("possible"), true) << plan;
  EXPECT_EQ(ChangesOf(plan),
            (std::vector<std::string>{"field_differs A subjects", "field_differs B subjects"}));
  EXPECT_FALSE(client_->StreamExists("C"));
  const Json done = Restore({{"set", set}, {"update_config", true}});
  ASSERT_EQ(CodeOf(done), 0) << done;
  EXPECT_EQ(AllConfigs(*client_), before);

  // Streams that exchange subjects: no server does that in one step.
  client_->UpdateStream({{"name", "A"}, {"subjects", {"elsewhere"}}});
  client_->UpdateStream({{"name", "B"}, {"subjects", {"a"}}});
  client_->UpdateStream({{"name", "A"}, {"subjects", {"b"}}});
  client_->UpdateStream({{"name", "C"}, {"subjects", {"c"}}, {"description", "other"}});
  const Json exchanged = AllConfigs(*client_);
  const Json circle = Restore({{"set", set}, {"update_config", true}});
  EXPECT_EQ(CodeOf(circle), kRestoreRefused) << circle;
  EXPECT_EQ(AllConfigs(*client_), exchanged);
  EXPECT_EQ(Plan({{"set", set}, {"update_config", true}}).at("refused"), 2);
  client_->UpdateStream({{"name", "A"}, {"subjects", {"elsewhere"}}});
  client_->UpdateStream({{"name", "B"}, {"subjects", {"b"}}});

  // A stream that is to be made is made before another one gives its subject up.
  client_->DeleteStream("A");
  client_->UpdateStream({{"name", "B"}, {"subjects", {"b", "moves"}}});
  const Json taken = AllConfigs(*client_);
  const Json taker_plan = Plan({{"set", set}, {"update_config", true}});
  EXPECT_EQ(taker_plan.at("possible"), false) << taker_plan;
  EXPECT_EQ(taker_plan.at("refused"), 1) << taker_plan;
  const Json taker = Restore({{"set", set}, {"update_config", true}});
  EXPECT_EQ(CodeOf(taker), kRestoreRefused) << taker;
  EXPECT_THAT(taker.dump(), HasSubstr("updated only after"));
  EXPECT_EQ(AllConfigs(*client_), taken);
  // Without leave to change B it gives nothing up either.
  EXPECT_EQ(Plan({{"set", set}}).at("refused"), 3);  // C differs as well
  client_->UpdateStream({{"name", "B"}, {"subjects", {"b"}}});
  client_->CreateStream({{"name", "A"}, {"subjects", {"elsewhere"}}});

  // One whose update is refused gives nothing up.
  client_->DeleteStream("B");
  client_->CreateStream({{"name", "B"}, {"subjects", {"b", "moves"}}, {"storage", "memory"}});
  const Json kept = Plan({{"set", set}, {"update_config", true}});
  EXPECT_EQ(kept.at("refused"), 2) << kept;
  EXPECT_THAT(kept.dump(), HasSubstr("which is not updated"));
  client_->DeleteStream("B");
  client_->CreateStream({{"name", "B"}, {"subjects", {"b"}}});

  // A stream that is not of the set has taken one: nothing is changed, nor made.
  client_->DeleteStream("C");
  client_->UpdateStream({{"name", "A"}, {"subjects", {"a"}}, {"description", "other"}});
  client_->CreateStream({{"name", "OTHER"}, {"subjects", {"moves"}}});
  const Json there = AllConfigs(*client_);
  const Json overlap = Restore({{"set", set}, {"update_config", true}});
  EXPECT_EQ(CodeOf(overlap), kRestoreRefused) << overlap;
  EXPECT_THAT(overlap.dump(), HasSubstr("moves"));
  EXPECT_EQ(AllConfigs(*client_), there);

  // Without leave to change what is there the same.
  client_->DeleteStream("OTHER");
  EXPECT_EQ(CodeOf(Restore({{"set", set}})), kConfigDiffers);
  EXPECT_FALSE(client_->StreamExists("C"));

  // A set of backups with messages updates what is there, and makes no empty streams.
  client_->CreateStream({{"name", "C"}, {"subjects", {"c"}}});
  const Json full = Wait(*client_, "backup.request", {{"streams", {"A", "C"}}});
  ASSERT_EQ(CodeOf(full), 0) << full;
  client_->DeleteStream("C");
  const Json gone = Restore({{"set", "latest"}, {"update_config", true}});
  EXPECT_EQ(CodeOf(gone), kStreamNotFound) << gone;
  EXPECT_FALSE(client_->StreamExists("C"));
  client_->UpdateStream({{"name", "A"}, {"subjects", {"a"}}, {"description", "again"}});
  const Json one = Restore({{"set", "latest"}, {"streams", {"A"}}, {"update_config", true}});
  EXPECT_EQ(CodeOf(one), 0) << one;
  EXPECT_EQ(client_->StreamInfo("A").at("config").at("description"), "other");
}

// A server refuses limits that a consumer exceeds, also one that the backup does not hold, and it
// changes one thing at a time: the dry run says so, and nothing of the set is changed.
TEST_P(ConfigSetTest, LimitsThatAConsumerExceedsAreFoundBefore) {
  if (!AtLeast("2.10")) return;  // it knows no consumer_limits
  const auto config = [](const char* name, const Json& limits, const char* text) {
    return Json{
        {"name", name}, {"subjects", {name}}, {"description", text}, {"consumer_limits", limits}};
  };
  const auto consumer = [&](const char* name, int most) {
    client_->CreateConsumer(
        "LIMITED", {{"durable_name", name}, {"ack_policy", "explicit"}, {"max_ack_pending", most}});
  };
  client_->CreateStream(config("A", Json::object(), "kept"));
  client_->CreateStream(config("LIMITED", Json::object(), "before"));
  consumer("c", 100);
  const std::string unlimited = BackUpConfigs({"LIMITED"});
  client_->DeleteConsumer("LIMITED", "c");
  client_->UpdateStream(config("LIMITED", {{"max_ack_pending", 5}}, "kept"));
  consumer("c", 5);
  const std::string set = BackUpConfigs({"A", "LIMITED"});
  const Json kept = AllConfigs(*client_);
  client_->UpdateStream(config("A", Json::object(), "changed"));
  client_->DeleteConsumer("LIMITED", "c");
  client_->UpdateStream(config("LIMITED", Json::object(), "changed"));
  consumer("c", 100);
  consumer("mine", 100);
  const Json there = AllConfigs(*client_);
  const Json plan = Plan({{"set", set}, {"update_config", true}});
  EXPECT_EQ(plan.at("possible"), false) << plan;
  EXPECT_THAT(plan.dump(), HasSubstr("mine (max_ack_pending 100)"));
  EXPECT_THAT(plan.dump(), Not(HasSubstr("c (max_ack_pending 100)")));
  const Json refused = Restore({{"set", set}, {"update_config", true}});
  EXPECT_EQ(CodeOf(refused), kRestoreRefused) << refused;
  EXPECT_EQ(AllConfigs(*client_), there);
  // A consumer that is brought back, too, is changed before its stream.
  client_->DeleteConsumer("LIMITED", "mine");
  const Json done = Restore({{"set", set}, {"update_config", true}});
  EXPECT_EQ(CodeOf(done), 0) << done;
  EXPECT_EQ(AllConfigs(*client_), kept);
  // Where limits go, the stream comes first. Older servers refuse that, too.
  const bool possible = AtLeast("2.12");
  EXPECT_EQ(Plan({{"set", unlimited}, {"update_config", true}}).at("possible"), possible);
  const Json freed = Restore({{"set", unlimited}, {"update_config", true}});
  EXPECT_EQ(CodeOf(freed), possible ? 0 : kRestoreRefused) << freed;
  if (!possible) {
    EXPECT_EQ(AllConfigs(*client_), kept);
  }
}

TEST_P(ConfigSetTest, ADryRunOfASetFindsAllThatWouldBeRefusedAndChangesNothing) {
  for (const char* name : {"A", "B", "C"}) {
    client_->CreateStream({{"name", name}, {"subjects", {std::string(name) + ".>"}}});
    client_->PublishAcked(std::string(name) + ".x", "1");
  }
  const Json backed_up = Wait(*client_, "backup.request", {{"streams", {"*"}}});
  ASSERT_EQ(CodeOf(backed_up), 0) << backed_up;
  const std::string set = backed_up.at("set_result").at("id");
  client_->DeleteStream("A");
  client_->DeleteStream("C");
  client_->CreateStream({{"name", "OTHER"}, {"subjects", {"A.x"}}});
  const Json there = AllConfigs(*client_);
  const auto restores = client_->Subscribe("$JS.API.STREAM.RESTORE.>");
  client_->Flush();

  const Json plan = Plan({{"set", set}});
  ASSERT_EQ(CodeOf(plan), 0) << plan;
  EXPECT_EQ(plan.at("possible"), false);
  EXPECT_EQ(plan.at("total"), 3);
  EXPECT_EQ(plan.at("refused"), 2);
  std::map<std::string, int> codes;
  for (const Json& stream : plan.at("streams")) {
    codes[stream.at("stream")] =
        stream.contains("error") ? stream["error"].at("err_code").get<int>() : 0;
  }
  EXPECT_EQ(codes,
            (std::map<std::string, int>{{"A", kRestoreRefused}, {"B", kStreamExists}, {"C", 0}}));
  EXPECT_EQ(AllConfigs(*client_), there);
  EXPECT_FALSE(client_->Next(restores, milliseconds(100)));
  // The restore says the same, and part of the set is possible.
  const Json refused = Restore({{"set", set}});
  EXPECT_EQ(CodeOf(refused), kRestoreRefused) << refused;
  EXPECT_EQ(Plan({{"set", "latest"}, {"streams", {"C"}}}).at("possible"), true);
  EXPECT_EQ(CodeOf(Plan({{"set", "set-20200101T000000Z-aaaaaaaa"}})), kSetNotFound);

  const ProgramResult shown =
      RunJetkeep({"restore", "--set", set, "--dry-run"}, {{"NATS_URL", place_->server().Url()}});
  EXPECT_EQ(shown.exit_code, 41) << shown.output << shown.error;
  EXPECT_THAT(shown.output, HasSubstr("stream B already exists"));
  EXPECT_THAT(shown.output, HasSubstr("3, 2 refused"));
}

TEST_P(ConfigSetTest, TheCommandLineShowsTheDifferenceFirst) {
  MakeOrders();
  const std::map<std::string, std::string> at{{"NATS_URL", place_->server().Url()}};
  const ProgramResult made = RunJetkeep({"backup", "ORDERS", "--config-only"}, at);
  ASSERT_EQ(made.exit_code, 0) << made.error;
  EXPECT_THAT(made.output, HasSubstr("is config_only: no messages, 2 consumers"));
  const ProgramResult listed = RunJetkeep({"list"}, at);
  EXPECT_THAT(listed.output, HasSubstr("config_only"));
  const ProgramResult json = RunJetkeep({"list", "--json"}, at);
  const std::string backup = Json::parse(json.output).at("backups").at(0).at("id");

  client_->UpdateStream({{"name", "ORDERS"}, {"subjects", {"orders.>"}}});
  const ProgramResult refused = RunJetkeep({"restore", "--backup", backup}, at);
  EXPECT_EQ(refused.exit_code, 60) << refused.error;
  const ProgramResult dry =
      RunJetkeep({"restore", "--backup", backup, "--update-config", "--dry-run"}, at);
  EXPECT_EQ(dry.exit_code, 0) << dry.error;
  EXPECT_THAT(dry.output, HasSubstr("change: stream ORDERS: max_msgs -1 -> 1000"));
  const ProgramResult done = RunJetkeep({"restore", "--backup", backup, "--update-config"}, at);
  EXPECT_EQ(done.exit_code, 0) << done.error;
  EXPECT_THAT(done.output, HasSubstr("change: stream ORDERS: max_msgs -1 -> 1000"));
  EXPECT_THAT(done.output, HasSubstr("ORDERS is as in backup " + backup));
  EXPECT_EQ(client_->StreamInfo("ORDERS").at("config").at("max_msgs"), 1000);

  // No file that looks like a backup of the stream is made of it.
  const std::string folder = directory_ / "export";
  const ProgramResult exported =
      RunJetkeep({"export", backup, folder, "--repository", directory_ / "repository"}, at);
  EXPECT_EQ(exported.exit_code, 11) << exported.error;
  EXPECT_FALSE(std::filesystem::exists(folder));
  const ProgramResult configs =
      RunJetkeep({"config-export", backup, folder, "--repository", directory_ / "repository"}, at);
  EXPECT_EQ(configs.exit_code, 0) << configs.error;
  EXPECT_TRUE(std::filesystem::exists(folder + "/ORDERS.stream.json"));
}

class ClusterUpdateTest : public ::testing::TestWithParam<std::string> {};

// In a cluster an update is done once the stream's leader says so, also with a node down.
TEST_P(ClusterUpdateTest, AnUpdateBringsReplicasLimitsAndConsumersBack) {
  JETKEEP_NEEDS_SERVER(GetParam());
  NatsCluster cluster({.version = GetParam()});
  JetkeepProcess jetkeep({.server_url = cluster.Url()});
  JetStreamClient client(cluster.Url());
  const Json wanted{{"name", "ORDERS"},
                    {"subjects", {"orders.>"}},
                    {"num_replicas", 3},
                    {"max_msgs", 1000},
                    {"description", "as it was"}};
  client.CreateStream(wanted);
  client.CreateConsumer("ORDERS", {{"durable_name", "ship"}, {"ack_policy", "explicit"}});
  for (int i = 0; i < 50; ++i) client.PublishAcked("orders." + std::to_string(i % 5), "m");
  const Json made = Wait(client, "backup.request", {{"stream", "ORDERS"}, {"config_only", true}});
  ASSERT_EQ(CodeOf(made), 0) << made;
  const Json before = AllConfigs(client);
  const auto change = [&](int replicas) {
    Json config = client.StreamInfo("ORDERS").at("config");
    config["num_replicas"] = replicas;
    config["max_msgs"] = 2000;
    config["description"] = "changed";
    client.UpdateStream(config);
    client.DeleteConsumer("ORDERS", "ship");
  };
  const auto update = [&] {
    return Wait(client, "restore.request",
                {{"backup", made.at("result").at("id")}, {"update_config", true}});
  };
  change(1);
  const Json done = update();
  ASSERT_EQ(CodeOf(done), 0) << done;
  EXPECT_EQ(ChangesOf(done),
            (std::vector<std::string>{
                "consumer_missing ORDERS/ship", "field_differs ORDERS description",
                "field_differs ORDERS max_msgs", "field_differs ORDERS num_replicas"}));
  EXPECT_EQ(AllConfigs(client), before);
  // Replicas come one by one, and nothing else is taken before they are there.
  AwaitReplicas(client, "ORDERS");

  change(3);
  cluster.node(2).Stop();
  // The stream or the cluster may have lost its leader with that node.
  Json again = update();
  for (int i = 0; i < 10 && CodeOf(again) != 0; ++i) {
    std::this_thread::sleep_for(seconds(1));
    again = update();
  }
  ASSERT_EQ(CodeOf(again), 0) << again;
  EXPECT_EQ(AllConfigs(client), before);
  EXPECT_EQ(client.StreamInfo("ORDERS").at("state").at("messages"), 50);
}

INSTANTIATE_TEST_SUITE_P(Servers, ClusterUpdateTest, ::testing::Values("2.10", "2.15"),
                         VersionName);
INSTANTIATE_TEST_SUITE_P(Servers, ConfigOnlyTest, ::testing::ValuesIn(AllServerVersions()),
                         VersionName);
INSTANTIATE_TEST_SUITE_P(Servers, ConfigSetTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

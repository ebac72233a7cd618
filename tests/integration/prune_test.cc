// Pruning by rules: what the rules keep stays and restores, the rest goes, also while two instances
// prune at once, while backups and sets are being made, and when a service dies over it. The judge
// is the order in which the test made the backups.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "tests/integration/place.h"
#include "tests/integration/site.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;
using Names = std::set<std::string>;
using std::chrono::seconds;

constexpr int kBackupInUse = 70411;

class PruneTest : public ::testing::Test {
 protected:
  void SetUp() override {
    place_ = std::make_unique<Place>("2.15", repository_);
    for (const char* stream : {"ORDERS", "KV_x"}) {
      client().CreateStream({{"name", stream}, {"subjects", {std::string(stream) + ".>"}}});
    }
  }

  JetStreamClient& client() { return place_->client(); }

  std::string BackUp(const std::string& stream) {
    client().PublishMany(1, [&](std::uint64_t i) {
      return OutgoingMessage{stream + ".a", NumberedPayload(i, 50), ""};
    });
    const Json done =
        Ask(client(), "backup.request", {{"stream", stream}, {"wait", true}}, seconds(60));
    EXPECT_EQ(CodeOf(done), 0) << done;
    return done.at("result").at("id");
  }

  std::string BackUpAll() {
    const Json done =
        Ask(client(), "backup.request", {{"streams", {"*"}}, {"wait", true}}, seconds(60));
    EXPECT_EQ(CodeOf(done), 0) << done;
    return done.at("set_result").at("id");
  }

  Json Prune(Json body) { return Ask(client(), "backup.prune", body, seconds(60)); }

  Names Listed() {
    Names ids;
    const Json answer = Ask(client(), "backup.list", Json::object());
    for (const Json& backup : answer.at("backups")) ids.insert(backup.at("id").get<std::string>());
    EXPECT_TRUE(answer.value("warnings", Json::array()).empty()) << answer;
    return ids;
  }

  static Names Removed(const Json& answer, const char* list = "backups",
                       const char* kind = "backup") {
    Names ids;
    for (const Json& decision : answer.at(list)) {
      const std::string verdict = decision.at("verdict");
      if (verdict == "removed" || verdict == "would_go") ids.insert(decision.at(kind));
    }
    return ids;
  }

  void ExpectAllGood() {
    const Json verified = Ask(client(), "backup.verify", {{"wait", true}}, seconds(60));
    EXPECT_EQ(CodeOf(verified), 0) << verified;
    EXPECT_EQ(verified.at("damaged"), 0) << verified;
    EXPECT_TRUE(verified.value("warnings", Json::array()).empty()) << verified;
  }

  ScratchDirectory directory_{"prune"};
  std::string repository_ = directory_ / "repository";
  std::unique_ptr<Place> place_;
};

TEST_F(PruneTest, KeepsTheLastOfEachStreamAndWhatSetsHold) {
  std::vector<std::string> orders;
  std::vector<std::string> keys;
  for (int i = 0; i < 4; ++i) orders.push_back(BackUp("ORDERS"));
  for (int i = 0; i < 3; ++i) keys.push_back(BackUp("KV_x"));
  const Json plan = Prune({{"keep", {{"last", 2}}}, {"dry_run", true}});
  const Names expected{orders[0], orders[1], keys[0]};
  EXPECT_EQ(Removed(plan), expected) << plan;
  EXPECT_EQ(Listed().size(), 7U);
  const Json done = Prune({{"keep", {{"last", 2}}}});
  EXPECT_EQ(Removed(done), expected) << done;
  EXPECT_EQ(done.at("removed"), 3);
  EXPECT_EQ(Listed(), (Names{orders[2], orders[3], keys[1], keys[2]}));
  // All of one day.
  EXPECT_EQ(Prune({{"keep", {{"yearly", 1}, {"within_seconds", 86'400}}}}).at("removed"), 0);
  ExpectAllGood();

  const std::string first = BackUpAll();
  const std::string second = BackUpAll();
  const Json sets = Prune({{"keep", {{"last", 1}}}});
  EXPECT_EQ(Removed(sets, "sets", "set"), Names{first}) << sets;
  EXPECT_EQ(Listed().size(), 2U);
  ExpectAllGood();
  const Json restored = [&] {
    for (const char* stream : {"ORDERS", "KV_x"})
      client().Api("STREAM.DELETE." + std::string(stream));
    return Ask(client(), "restore.request", {{"set", second}, {"wait", true}}, seconds(60));
  }();
  EXPECT_EQ(CodeOf(restored), 0) << restored;
}

TEST_F(PruneTest, TheCommandAsksAndSaysWhy) {
  for (int i = 0; i < 3; ++i) BackUp("ORDERS");
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "prune");
    return RunJetkeep(words, {{"NATS_URL", place_->server().Url()}});
  };
  ProgramResult result = run({});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("no rule says what stays"));
  result = run({"--keep-last", "1"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("--yes"));
  EXPECT_EQ(run({"--keep-last", "-1", "--yes"}).exit_code, 2);
  EXPECT_EQ(run({"--keep-within", "3 moons", "--yes"}).exit_code, 2);
  EXPECT_EQ(run({"OTHER", "--keep-last", "1", "--yes"}).exit_code, 11);
  result = run({"--keep-last", "1", "--keep-within", "1s", "--dry-run", "-j"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(Json::parse(result.output).at("dry_run"), true);
  EXPECT_EQ(Listed().size(), 3U);
  result = run({"ORD*", "--keep-last", "1", "--yes"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("newest good one, last 1"));
  EXPECT_THAT(result.output, HasSubstr("2 removed"));
  EXPECT_EQ(Listed().size(), 1U);
}

TEST_F(PruneTest, TwoInstancesMayPruneAtOnceWhileBackupsAreMade) {
  JetkeepProcess other({.server_url = place_->server().Url(), .repository = repository_});
  Names made;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 4; ++i) made.insert(BackUp("ORDERS"));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        NatsClient asking(place_->server().Url());
        const Json answer = Ask(asking, "backup.prune", {{"keep", {{"last", 2}}}}, seconds(60));
        const int code = CodeOf(answer);
        EXPECT_TRUE(code == 0 || code == kBackupInUse) << answer;
      });
    }
    made.insert(BackUp("ORDERS"));
    const std::string set = BackUpAll();
    for (std::thread& thread : threads) thread.join();
    const Json shown = Ask(client(), "backup.set", {{"set", set}});
    const Names listed = Listed();
    for (const Json& member : shown.at("members")) {
      EXPECT_TRUE(listed.contains(member.at("backup").get<std::string>())) << shown;
    }
    EXPECT_TRUE(listed.contains(*made.rbegin()));
  }
  ExpectAllGood();
}

TEST_F(PruneTest, AKilledServiceLeavesWhatIsWhole) {
  for (int i = 0; i < 30; ++i) BackUp("ORDERS");
  const std::string newest = *Listed().rbegin();
  for (int round = 0; round < 4; ++round) {
    NatsClient asking(place_->server().Url());
    asking.Publish("backup.prune", Json{{"keep", {{"last", 26 - 6 * round}}}}.dump(), {},
                   asking.NewInbox());
    asking.Flush();
    std::this_thread::sleep_for(std::chrono::milliseconds(3 + 4 * round));
    place_->jetkeep().Kill();
    place_->jetkeep().Start();
    EXPECT_TRUE(Listed().contains(newest));
    ExpectAllGood();
  }
  EXPECT_EQ(CodeOf(Prune({{"keep", {{"last", 1}}}})), 0);
  EXPECT_EQ(Listed(), Names{newest});
  ExpectAllGood();
}

}  // namespace
}  // namespace jetkeep::testing

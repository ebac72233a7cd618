// Two services on one repository: neither harms what the other does or has done.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kBackupInUse = 70411;
constexpr int kLastBackup = 70412;
constexpr std::uint64_t kMegabyte = 1024 * 1024;

class SharedRepositoryTest : public ::testing::TestWithParam<std::string> {
 protected:
  JetkeepOptions Beside(Site& site) const {
    return {.server_url = site.server().Url(),
            .repository = site.jetkeep().repository(),
            .prefix = "other"};
  }
};

TEST_P(SharedRepositoryTest, KillsOfOneLoseNoBackupOfEither) {
  Site site({.server = {.version = GetParam()}});
  constexpr std::uint64_t kCount = 3000;
  site.Fill("S", kCount, 2000);
  site.Fill("T", kCount, 2000);
  const StreamDump before = DumpStream(site.client(), "S");
  JetkeepProcess other(Beside(site));
  std::mt19937 random(7);
  std::set<std::string> reported;
  for (int round = 0; round < 8; ++round) {
    const std::string mine = site.Begin("backup.request", {{"stream", "S"}});
    // Of the same stream and of another one, at the same time.
    const Json answer = Ask(site.client(), "other.backup.request",
                            {{"stream", round % 2 == 0 ? "S" : "T"}, {"wait", true}}, seconds(60));
    ASSERT_TRUE(answer.contains("result")) << answer;
    reported.insert(answer.at("result").at("id").get<std::string>());
    site.client().Publish("other.backup.request", R"({"stream":"S"})");
    site.client().Flush();
    std::this_thread::sleep_for(milliseconds(random() % 120));
    other.Kill();
    other.Start();
    other.WaitUntilReady();
    const Outcome outcome = site.End(mine);
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
    reported.insert(outcome.backup());
  }
  std::set<std::string> listed;
  for (const std::string stream : {"S", "T"}) {
    for (const Json& backup : site.List(stream)) {
      EXPECT_EQ(backup.at("condition"), "complete");
      EXPECT_EQ(backup.at("messages"), kCount);
      listed.insert(backup.at("id").get<std::string>());
    }
  }
  for (const std::string& id : reported) EXPECT_EQ(listed.count(id), 1U) << id;
  EXPECT_EQ(site.VerifyAll(), "");
  EXPECT_EQ(site.RestoredAgainst("S", before), "");
}

TEST_P(SharedRepositoryTest, ABackupThatOneRestoresIsNotDeletedByTheOther) {
  Site site({.server = {.version = GetParam()}, .proxy = true});
  site.Fill("S", 2000, 4000);
  const StreamDump before = DumpStream(site.client(), "S");
  const Outcome backup = site.BackUp("S");
  ASSERT_TRUE(backup.completed()) << backup.Text();
  JetkeepProcess other(Beside(site));
  site.client().DeleteStream("S");
  site.proxy().ToServer({.bytes_per_second = 4 * kMegabyte});
  site.proxy().CutAll();
  site.jetkeep().WaitUntilReady();
  const std::uint64_t target = site.proxy().bytes_to_server() + kMegabyte;
  const std::string job = site.Begin("restore.request", {{"stream", "S"}});
  while (site.proxy().bytes_to_server() < target) std::this_thread::sleep_for(milliseconds(5));
  const Json refused =
      Ask(site.client(), "other.backup.delete", {{"backup", backup.backup()}}, seconds(10));
  ASSERT_TRUE(refused.contains("error")) << refused;
  EXPECT_EQ(refused.at("error").at("err_code"), kBackupInUse) << refused;
  const Outcome outcome = site.End(job);
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  EXPECT_EQ(Joined(Compare(before, DumpStream(site.client(), "S"))), "");
  // Once nobody needs it, it can go.
  const Json deleted = Ask(site.client(), "other.backup.delete",
                           {{"backup", backup.backup()}, {"last", true}}, seconds(10));
  EXPECT_TRUE(deleted.value("deleted", false)) << deleted;
  EXPECT_EQ(site.List("S").size(), 0U);
}

TEST_P(SharedRepositoryTest, TwoThatDeleteTheLastTwoLeaveOne) {
  Site site({.server = {.version = GetParam()}});
  site.Fill("S", 10, 100);
  JetkeepProcess other(Beside(site));
  NatsClient second(site.server().Url());
  ASSERT_TRUE(site.BackUp("S").completed());
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(site.BackUp("S").completed());
    const Json backups = site.List("S");
    ASSERT_EQ(backups.size(), 2U);
    const auto ask = [&](NatsClient& client, const std::string& subject, std::size_t which) {
      return Ask(client, subject, {{"backup", backups.at(which).at("id")}}, seconds(10));
    };
    Json theirs;
    std::thread beside([&] { theirs = ask(second, "other.backup.delete", 1); });
    const Json mine = ask(site.client(), "backup.delete", 0);
    beside.join();
    const std::size_t left = site.List("S").size();
    ASSERT_GE(left, 1U) << mine << theirs;
    if (left == 1) continue;
    // Each kept the other from going; the next request decides.
    for (const Json& answer : {mine, theirs}) {
      EXPECT_EQ(answer.at("error").at("err_code"), kBackupInUse) << answer;
    }
    EXPECT_EQ(ask(site.client(), "backup.delete", 0).value("deleted", false), true);
  }
  const std::string last = site.List("S").at(0).at("id");
  const Json refused = Ask(site.client(), "other.backup.delete", {{"backup", last}}, seconds(10));
  EXPECT_EQ(refused.at("error").at("err_code"), kLastBackup) << refused;
  EXPECT_EQ(site.List("S").size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Servers, SharedRepositoryTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

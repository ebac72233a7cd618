// Restores clean up after themselves, and only after themselves.
#include <filesystem>
#include <functional>
#include <map>
#include <stdexcept>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/support/await.h"
#include "tests/support/fault_proxy.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
namespace fs = std::filesystem;

bool NameIsThere(JetStreamClient& client, const std::string& stream) {
  const Json names = client.Api("STREAM.NAMES").at("streams");
  if (!names.is_array()) return false;
  for (const auto& name : names) {
    if (name == stream) return true;
  }
  return false;
}

std::vector<std::string> RestoreRecords(const std::string& repository) {
  std::vector<std::string> records;
  for (const auto& entry : fs::directory_iterator(repository)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("restore.")) records.push_back(name);
  }
  return records;
}

std::size_t FileCount(const std::string& directory) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    // The history of jobs grows with every job.
    if (entry.is_regular_file() && entry.path().parent_path().filename() != "jk.jobs") ++count;
  }
  return count;
}

// Empty while the service is away.
std::string StateOf(NatsClient& client, const Json& job) {
  try {
    const Json status =
        Ask(client, "backup.status", {{"job", job.at("job")}}, std::chrono::seconds(2));
    return status.value("state", "");
  } catch (const std::runtime_error&) {
    return "";
  }
}

bool Ended(NatsClient& client, const Json& job) {
  const std::string state = StateOf(client, job);
  return state == "completed" || state == "failed" || state == "cancelled";
}

// Does not compress: proxies pace what is on the wire.
void FillStream(JetStreamClient& client, const std::string& stream, std::uint64_t count,
                const Json& more = Json::object()) {
  Json config{{"name", stream}, {"subjects", {stream + ".>"}}};
  config.update(more);
  client.CreateStream(config);
  client.PublishMany(count, [&](std::uint64_t i) {
    return OutgoingMessage{stream + ".s", NumberedPayload(i + 1, 1000), ""};
  });
}

class RestoreCleanupTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    server_ = std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam()});
    proxy_ = std::make_unique<FaultProxy>(server_->port());
    jetkeep_ = std::make_unique<JetkeepProcess>(JetkeepOptions{
        .server_url = proxy_->Url(),
        .arguments = {"--retry-first-delay", "100ms", "--retry-attempts", "3", "--max-jobs", "12",
                      "--restore-chunk-size", "4KiB", "--chunks-in-flight", "2"}});
    client_ = std::make_unique<JetStreamClient>(server_->Url());
  }

  JetStreamClient& client() { return *client_; }
  const std::string& repository() const { return jetkeep_->repository(); }
  // The service's own connection is slow from now on.
  void Throttle(std::uint64_t bytes_per_second) {
    FaultPlan slow;
    slow.bytes_per_second = bytes_per_second;
    proxy_->ToServer(slow);
    Reconnect();
  }
  void Unthrottle() { proxy_->ToServer({}); }
  void Reconnect() {
    jetkeep_->Stop();
    jetkeep_->Start();
    jetkeep_->WaitUntilReady();
  }
  // Restores whose transfers have begun and are far from their end. The chunks are small, so that
  // they share the slow link.
  std::map<std::string, Json> BeginSlowRestores(const std::vector<std::string>& streams) {
    Throttle(1'000'000);
    const auto begun = client().Subscribe("$JS.EVENT.ADVISORY.STREAM.RESTORE_CREATE.>");
    client().Flush();
    std::map<std::string, Json> jobs;
    for (const std::string& stream : streams) {
      jobs[stream] = Ask(client(), "restore.request", {{"stream", stream}});
      EXPECT_TRUE(jobs[stream].contains("job")) << jobs[stream];
    }
    for (std::size_t i = 0; i < streams.size(); ++i)
      EXPECT_TRUE(client().Next(begun, seconds(20))) << jetkeep_->Log();
    client().Unsubscribe(begun);
    return jobs;
  }
  void KillAndStart() {
    jetkeep_->Kill();
    Unthrottle();
    jetkeep_->Start();
    jetkeep_->WaitUntilReady();
  }

  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<FaultProxy> proxy_;
  std::unique_ptr<JetkeepProcess> jetkeep_;
  std::unique_ptr<JetStreamClient> client_;
};

TEST_P(RestoreCleanupTest, TheNextStartCleansUpAfterAKill) {
  std::map<std::string, Json> kinds{{"FILE", Json::object()}};
  if (GetParam() == "2.15") kinds["MEMORY"] = {{"storage", "memory"}};
  std::map<std::string, StreamDump> before;
  std::vector<std::string> streams;
  for (const auto& [kind, more] : kinds) {
    for (const std::string& stream : {kind + "_AGAIN", kind + "_GONE"}) {
      FillStream(client(), stream, 3000, more);
      before[stream] = DumpStream(client(), stream);
      BackUp(client(), stream);
      client().DeleteStream(stream);
      streams.push_back(stream);
    }
  }
  BeginSlowRestores(streams);
  KillAndStart();
  for (const auto& [kind, more] : kinds) {
    // Asked at once: it waits for the clean-up and then succeeds.
    RestoreNewest(client(), kind + "_AGAIN");
    EXPECT_EQ(Joined(Compare(before[kind + "_AGAIN"], DumpStream(client(), kind + "_AGAIN"))), "");
  }
  EXPECT_TRUE(Await([&] { return RestoreRecords(repository()).empty(); }, seconds(60)))
      << jetkeep_->Log();
  for (const auto& [kind, more] : kinds)
    EXPECT_FALSE(NameIsThere(client(), kind + "_GONE"))
        << "nothing is left without another restore";
}

TEST_P(RestoreCleanupTest, KillsAtAnyMomentLeaveAllOrNothing) {
  // One kill hits many restores, each at another moment.
  constexpr int kStreams = 8;
  std::map<std::string, StreamDump> before;
  for (int i = 0; i < kStreams; ++i) {
    const std::string stream = "K" + std::to_string(i);
    FillStream(client(), stream, 2000);
    before[stream] = DumpStream(client(), stream);
    BackUp(client(), stream);
  }
  int whole = 0;
  for (const int round : {0, 1}) {
    for (const auto& [stream, dump] : before) client().DeleteStreamIfThere(stream);
    for (const auto& [stream, dump] : before) {
      Ask(client(), "restore.request", {{"stream", stream}});
      std::this_thread::sleep_for(milliseconds(5 + 20 * round));
    }
    jetkeep_->Kill();
    jetkeep_->Start();
    jetkeep_->WaitUntilReady();
    ASSERT_TRUE(Await([&] { return RestoreRecords(repository()).empty(); }, seconds(60)))
        << jetkeep_->Log();
    for (const auto& [stream, dump] : before) {
      if (!NameIsThere(client(), stream)) continue;
      ++whole;
      EXPECT_EQ(Joined(Compare(dump, DumpStream(client(), stream))), "") << stream;
    }
  }
  RecordProperty("whole", whole);
}

TEST_P(RestoreCleanupTest, ACancelledRestoreLeavesNothingAndALostConnectionIsRetriedToTheEnd) {
  for (const std::string stream : {"C", "L"}) {
    FillStream(client(), stream, 4000);
    BackUp(client(), stream);
  }
  const StreamDump before = DumpStream(client(), "L");
  client().DeleteStream("C");
  client().DeleteStream("L");
  const auto jobs = BeginSlowRestores({"C", "L"});
  Ask(client(), "backup.cancel", {{"job", jobs.at("C").at("job")}}, seconds(60));
  EXPECT_EQ(StateOf(client(), jobs.at("L")), "running");
  Unthrottle();
  proxy_->CutAll();
  EXPECT_TRUE(Await([&] { return Ended(client(), jobs.at("C")); }, seconds(60)));
  EXPECT_EQ(StateOf(client(), jobs.at("C")), "cancelled");
  EXPECT_FALSE(NameIsThere(client(), "C"));
  EXPECT_TRUE(Await([&] { return Ended(client(), jobs.at("L")); }, seconds(90)));
  EXPECT_EQ(StateOf(client(), jobs.at("L")), "completed") << jetkeep_->Log();
  EXPECT_EQ(Joined(Compare(before, DumpStream(client(), "L"))), "");
  EXPECT_TRUE(RestoreRecords(repository()).empty());
  RestoreNewest(client(), "C");
  EXPECT_EQ(client().StreamInfo("C").at("state").at("messages"), 4000);
}

TEST_P(RestoreCleanupTest, ACancelledBackupLeavesNothing) {
  FillStream(client(), "B", 12'000);
  const std::size_t files = FileCount(repository());
  FaultPlan slow;
  slow.bytes_per_second = 2'000'000;
  proxy_->ToClient(slow);
  Reconnect();
  const Json job = Ask(client(), "backup.request", {{"stream", "B"}});
  EXPECT_TRUE(Await([&] { return FileCount(repository()) > files; }, seconds(10)));
  Ask(client(), "backup.cancel", {{"job", job.at("job")}}, seconds(40));
  // Answers wait behind what the slow link still has to carry.
  EXPECT_TRUE(Await([&] { return StateOf(client(), job) == "cancelled"; }, seconds(40)));
  EXPECT_EQ(FileCount(repository()), files);
  EXPECT_EQ(Ask(client(), "backup.list", Json::object()).at("total"), 0);
}

TEST_P(RestoreCleanupTest, WhatExistsIsNeverTouched) {
  FillStream(client(), "E", 100);
  BackUp(client(), "E");
  client().PublishAcked("E.s", "after the backup");
  const StreamDump before = DumpStream(client(), "E");
  const Json taken =
      Ask(client(), "restore.request", {{"stream", "E"}, {"wait", true}}, seconds(30));
  EXPECT_EQ(taken.at("error").at("err_code"), 70409) << taken;
  EXPECT_EQ(Joined(Compare(before, DumpStream(client(), "E"))), "");

  client().DeleteStream("E");
  client().CreateStream({{"name", "OTHER"}, {"subjects", {"E.*"}}});
  client().PublishAcked("E.s", "in another stream");
  const Json overlap =
      Ask(client(), "restore.request", {{"stream", "E"}, {"wait", true}}, seconds(30));
  EXPECT_EQ(overlap.at("error").at("err_code"), 70572) << overlap;
  EXPECT_NE(overlap.dump().find("OTHER"), std::string::npos) << overlap;
  EXPECT_FALSE(NameIsThere(client(), "E"));
  EXPECT_EQ(client().StreamInfo("OTHER").at("state").at("messages"), 1);
  EXPECT_TRUE(RestoreRecords(repository()).empty());
}

INSTANTIATE_TEST_SUITE_P(Servers, RestoreCleanupTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

class ClusterCleanupTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ClusterCleanupTest, AKilledRestoreLeavesNoGhost) {
  NatsCluster cluster({.version = GetParam()});
  FaultProxy proxy(cluster.node(0).port());
  JetkeepProcess jetkeep(
      {.server_url = proxy.Url(), .arguments = {"--restore-chunk-size", "16KiB"}});
  JetStreamClient client(cluster.Url());
  std::map<std::string, StreamDump> before;
  for (const int replicas : {1, 3}) {
    const std::string stream = "R" + std::to_string(replicas);
    FillStream(client, stream, 4000, {{"num_replicas", replicas}});
    before[stream] = DumpStream(client, stream);
    BackUp(client, stream);
    client.DeleteStream(stream);
  }
  FaultPlan slow;
  slow.bytes_per_second = 1'000'000;
  proxy.ToServer(slow);
  jetkeep.Stop();
  jetkeep.Start();
  jetkeep.WaitUntilReady();
  const auto begun = client.Subscribe("$JS.EVENT.ADVISORY.STREAM.RESTORE_CREATE.>");
  client.Flush();
  for (const auto& [stream, dump] : before) Ask(client, "restore.request", {{"stream", stream}});
  for (std::size_t i = 0; i < before.size(); ++i) ASSERT_TRUE(client.Next(begun, seconds(20)));
  ASSERT_EQ(RestoreRecords(jetkeep.repository()).size(), before.size());
  jetkeep.Kill();
  proxy.ToServer({});
  jetkeep.Start();
  jetkeep.WaitUntilReady();
  EXPECT_TRUE(Await([&] { return RestoreRecords(jetkeep.repository()).empty(); }, seconds(90)))
      << jetkeep.Log();
  for (const auto& [stream, dump] : before) {
    EXPECT_FALSE(NameIsThere(client, stream));
    RestoreNewest(client, stream);
    AwaitReplicas(client, stream);
    EXPECT_EQ(Joined(Compare(dump, DumpStream(client, stream))), "");
  }
}

TEST_P(ClusterCleanupTest, ReplicasThatAServerAloneCannotKeepAreRefused) {
  NatsCluster cluster({.version = GetParam()});
  JetkeepProcess jetkeep({.server_url = cluster.Url()});
  JetStreamClient client(cluster.Url());
  FillStream(client, "R3", 100, {{"num_replicas", 3}});
  BackUp(client, "R3");
  jetkeep.Stop();
  NatsServer alone({.version = GetParam()});
  JetkeepProcess beside({.server_url = alone.Url(), .repository = jetkeep.repository()});
  JetStreamClient other(alone.Url());
  const Json answer =
      Ask(other, "restore.request", {{"stream", "R3"}, {"wait", true}}, seconds(60));
  ASSERT_TRUE(answer.contains("error")) << answer;
  EXPECT_NE(answer.dump().find("replica"), std::string::npos) << answer;
  EXPECT_FALSE(NameIsThere(other, "R3"));
  EXPECT_TRUE(RestoreRecords(jetkeep.repository()).empty());
}

// The names that clusters keep are alike in all versions; ownership_test has more of them.
INSTANTIATE_TEST_SUITE_P(Servers, ClusterCleanupTest, ::testing::Values("2.9", "2.15"),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

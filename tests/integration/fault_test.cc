// What networks and servers do to a transfer: stalls, cuts, corrupt and lost bytes, pauses, kills,
// leader changes. Passing trouble is retried until the backup is exact; nothing else is reported
// complete.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kTransferInterrupted = 70530;
constexpr int kFlowTimeout = 70531;
constexpr std::size_t kBytes = 4000;
constexpr std::uint64_t kMegabyte = 1'000'000;

class FaultTest : public ::testing::TestWithParam<std::string> {
 protected:
  SiteOptions Behind(std::vector<std::string> arguments = {}) const {
    return {.server = {.version = GetParam()}, .proxy = true, .arguments = std::move(arguments)};
  }
  // The stream S with so many messages, and how it looks.
  static StreamDump Fill(Site& site, std::uint64_t count) {
    site.Fill("S", count, kBytes);
    return DumpStream(site.client(), "S");
  }
  // New connections of the Jetkeep get the plans.
  static void Hurt(Site& site, const FaultPlan& to_server, const FaultPlan& to_client) {
    site.proxy().ToServer(to_server);
    site.proxy().ToClient(to_client);
    site.proxy().CutAll();
    site.jetkeep().WaitUntilReady();
  }
  // The same for those it makes at once; everything later passes untouched.
  static void HurtOnce(Site& site, const FaultPlan& to_server, const FaultPlan& to_client) {
    Hurt(site, to_server, to_client);
    site.proxy().ToServer({});
    site.proxy().ToClient({});
  }
  // A backup of S under way, with so many bytes of it here.
  static std::string BeginBackup(Site& site, std::uint64_t bytes) {
    const std::string job = site.Begin("backup.request", {{"stream", "S"}});
    const std::uint64_t target = site.proxy().bytes_to_client() + bytes;
    for (int i = 0; i < 2000 && site.proxy().bytes_to_client() < target; ++i) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    return job;
  }
  // A restore of S under way, with so many bytes of it sent.
  static std::string BeginRestore(Site& site, std::uint64_t bytes) {
    const std::uint64_t target = site.proxy().bytes_to_server() + bytes;
    const std::string job = site.Begin("restore.request", {{"stream", "S"}});
    while (site.proxy().bytes_to_server() < target) std::this_thread::sleep_for(milliseconds(5));
    return job;
  }
  // The one backup is complete, nothing else is there, and it restores exactly.
  static void ExpectExact(Site& site, const std::string& stream, const Outcome& outcome,
                          const StreamDump& before) {
    ASSERT_TRUE(outcome.completed()) << outcome.Text() << "\n" << site.jetkeep().Log();
    EXPECT_EQ(site.Count(stream, "complete"), 1U);
    EXPECT_EQ(site.Count(stream, "damaged"), 0U);
    EXPECT_EQ(site.VerifyAll(), "");
    EXPECT_EQ(site.RestoredAgainst(stream, before), "");
  }
  // So many messages for the replicated stream R, which exists.
  static void Publish(JetStreamClient& client, std::uint64_t count) {
    AwaitReplicas(client, "R");
    client.PublishMany(count, [](std::uint64_t i) {
      return OutgoingMessage{"r", NumberedPayload(i + 1, kBytes), ""};
    });
  }
  // The job "one" when it has ended, or after so many looks, ten a second.
  static Json StatusAtEnd(JetStreamClient& client, int looks) {
    Json status;
    for (int i = 0; i < looks; ++i) {
      status = Ask(client, "backup.status", {{"job", "one"}});
      const std::string state = status.value("state", "");
      if (state == "completed" || state == "failed") break;
      std::this_thread::sleep_for(milliseconds(100));
    }
    return status;
  }
  static void ExpectReplicated(JetStreamClient& client, const StreamDump& before) {
    AwaitReplicas(client, "R");
    StreamDump after = DumpStream(client, "R");
    // A cluster counts the consumer that the dump has read with for a moment longer.
    after.state["consumer_count"] = after.consumers.size();
    EXPECT_EQ(Joined(Compare(before, after)), "");
  }

  const Json replicated_{{"name", "R"}, {"subjects", {"r"}}, {"num_replicas", 3}};
};

TEST_P(FaultTest, StoppedAcknowledgementsAreReportedAndTheBackupSucceedsAfterThem) {
  Site site(Behind());
  const StreamDump before = Fill(site, 8000);
  HurtOnce(site, {}, {.bytes_per_second = 40 * kMegabyte});
  const std::string job = BeginBackup(site, 3 * kMegabyte);
  site.proxy().HoldToServer(true);
  // Servers give up after 2 s, from 2.12 on after 5 s.
  std::this_thread::sleep_for(milliseconds(AtLeast(GetParam(), "2.12") ? 7500 : 4000));
  site.proxy().HoldToServer(false);
  const Outcome outcome = site.End(job);
  if (GetParam() != "2.9") {
    EXPECT_TRUE(outcome.Saw(kFlowTimeout)) << outcome.Text();
  }
  ExpectExact(site, "S", outcome, before);
}

TEST_P(FaultTest, CorruptBytesInChunksAreFoundAndRetried) {
  Site site(Behind());
  const StreamDump before = Fill(site, 1000);
  for (const std::uint64_t at : {60'000U, 1'000'123U, 2'345'678U, 3'500'001U, 3'999'000U}) {
    HurtOnce(site, {}, {.corrupt_at = at});
    const Outcome outcome = site.BackUp("S");
    ASSERT_TRUE(outcome.completed()) << at << ": " << outcome.Text();
    EXPECT_GE(outcome.attempts(), 2) << at << " was not noticed: " << outcome.Text();
  }
  EXPECT_EQ(site.Count("S", "complete"), 5U);
  EXPECT_EQ(site.VerifyAll(), "");
  EXPECT_EQ(site.RestoredAgainst("S", before), "");
}

TEST_P(FaultTest, LostBytesAreFoundAndRetried) {
  Site site(Behind());
  const StreamDump before = Fill(site, 1000);
  for (const std::uint64_t count : {1U, 5000U, 131'072U}) {
    HurtOnce(site, {}, {.drop_at = 1'500'000, .drop_bytes = count});
    const Outcome outcome = site.BackUp("S");
    ASSERT_TRUE(outcome.completed()) << count << ": " << outcome.Text();
    EXPECT_GE(outcome.attempts(), 2) << count;
  }
  EXPECT_EQ(site.VerifyAll(), "");
  EXPECT_EQ(site.RestoredAgainst("S", before), "");
}

TEST_P(FaultTest, ACutConnectionIsRetried) {
  Site site(Behind());
  const StreamDump before = Fill(site, 2000);
  HurtOnce(site, {}, {.cut_after = 5 * kMegabyte});
  const Outcome outcome = site.BackUp("S");
  EXPECT_TRUE(outcome.attempts() >= 2) << outcome.Text();
  ExpectExact(site, "S", outcome, before);
}

TEST_P(FaultTest, ALinkThatStaysDeadFailsWithItsReasonAndLeavesNothing) {
  Site site(Behind({"--retry-attempts", "2", "--idle-timeout", "1s", "--timeout", "1s"}));
  site.Fill("S", 2000, kBytes);
  HurtOnce(site, {}, {});
  Hurt(site, {}, {.bytes_per_second = 20 * kMegabyte});
  const std::string job = BeginBackup(site, kMegabyte);
  site.proxy().HoldToClient(true);
  std::this_thread::sleep_for(milliseconds(4500));
  site.proxy().HoldToClient(false);
  const Outcome outcome = site.End(job);
  EXPECT_TRUE(outcome.Text().find("nothing came from the server") != std::string::npos ||
              outcome.Saw(kTransferInterrupted))
      << outcome.Text();
  if (!outcome.completed()) {
    EXPECT_EQ(site.List("S").size(), 0U);
    EXPECT_EQ(FilesBelow(site.jetkeep().repository()).size(), 0U);
  }
  EXPECT_EQ(site.VerifyAll(), "");
}

TEST_P(FaultTest, APausedServerIsWaitedForOrRetried) {
  Site site(Behind());
  const StreamDump before = Fill(site, 4000);
  Hurt(site, {}, {.bytes_per_second = 30 * kMegabyte});
  for (const int pause_seconds : {GetParam() == "2.10" ? 3 : 8}) {
    const std::string job = BeginBackup(site, 2 * kMegabyte);
    site.server().Pause();
    std::this_thread::sleep_for(seconds(pause_seconds));
    site.server().Resume();
    const Outcome outcome = site.End(job);
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
  }
  EXPECT_EQ(site.VerifyAll(), "");
  EXPECT_EQ(site.RestoredAgainst("S", before), "");
}

TEST_P(FaultTest, AKilledAndRestartedServerIsRetried) {
  Site site(Behind({"--retry-attempts", "10"}));
  const StreamDump before = Fill(site, 4000);
  Hurt(site, {}, {.bytes_per_second = 20 * kMegabyte});
  const std::string job = BeginBackup(site, 2 * kMegabyte);
  site.server().Kill();
  site.server().Start();
  const Outcome outcome = site.End(job);
  EXPECT_GE(outcome.attempts(), 2);
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  site.Reconnect();
  ExpectExact(site, "S", outcome, before);
}

TEST_P(FaultTest, ASecondSnapshotOfTheSameStreamIsWaitedFor) {
  Site site(Behind({"--retry-attempts", "20"}));
  const StreamDump before = Fill(site, 6000);
  // Somebody else's snapshot, never acknowledged: it holds the stream until the server gives up.
  JetStreamClient other(site.server().Url());
  const std::string inbox = other.NewInbox();
  other.Subscribe(inbox);
  other.Api("STREAM.SNAPSHOT.S", {{"deliver_subject", inbox}});
  const std::string job = site.Begin("backup.request", {{"stream", "S"}});
  if (GetParam() == "2.9") {
    std::this_thread::sleep_for(milliseconds(500));
    other.Unsubscribe(1);
  }
  const Outcome outcome = site.End(job);
  ExpectExact(site, "S", outcome, before);
}

TEST_P(FaultTest, AChangeOfLeaderIsRetried) {
  NatsCluster cluster({.version = GetParam()});
  FaultProxy proxy(cluster.node(0).port());
  JetkeepProcess jetkeep({.server_url = proxy.Url(),
                          .arguments = {"--retry-first-delay", "200ms", "--retry-max-delay", "1s",
                                        "--retry-attempts", "10", "--idle-timeout", "3s"}});
  JetStreamClient client(cluster.Url());
  // The leader of a new cluster counts its peers as offline for a moment.
  for (int i = 0; i < 50 && client.TryApi("STREAM.CREATE.R", replicated_).contains("error"); ++i) {
    std::this_thread::sleep_for(milliseconds(100));
  }
  Publish(client, 6000);
  client.CreateConsumer("R", {{"durable_name", "c"}, {"ack_policy", "explicit"}});
  AwaitReplicas(client, "R");
  const StreamDump before = DumpStream(client, "R");
  proxy.ToClient({.bytes_per_second = 15 * kMegabyte});
  proxy.CutAll();
  jetkeep.WaitUntilReady();
  proxy.ToClient({});
  const auto progress = client.Subscribe("backup.progress.R.*");
  Ask(client, "backup.request", {{"stream", "R"}, {"job", "one"}});
  client.Next(progress, seconds(10));
  client.TryApi("STREAM.LEADER.STEPDOWN.R");
  const Json status = StatusAtEnd(client, 600);
  ASSERT_EQ(status.value("state", ""), "completed") << status << jetkeep.Log();
  std::cout << "  attempts " << status.value("attempts", 0) << "\n";
  AwaitReplicas(client, "R");
  client.DeleteStream("R");
  RestoreNewest(client, "R");
  ExpectReplicated(client, before);
}

TEST_P(FaultTest, ARestoreOverABadLinkIsTriedAgain) {
  Site site(Behind({"--retry-attempts", "6"}));
  const StreamDump before = Fill(site, 3000);
  ASSERT_TRUE(site.BackUp("S").completed());
  std::vector<FaultPlan> plans{{.corrupt_at = 3'333'333}};
  if (GetParam() == "2.10") {
    plans.push_back({.drop_at = 2'000'000, .drop_bytes = 4096});
  } else {
    plans.push_back({.cut_after = 4 * kMegabyte});
  }
  for (const FaultPlan& plan : plans) {
    site.client().DeleteStream("S");
    HurtOnce(site, plan, {});
    const Outcome outcome = site.Restore("S");
    std::cout << "  restore: " << outcome.Text() << "\n";
    // The link is hurt once, so the second try succeeds.
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
    EXPECT_EQ(Joined(Compare(before, DumpStream(site.client(), "S"))), "");
  }
}

TEST_P(FaultTest, AStalledRestoreIsExactOrLeavesNothing) {
  Site site(Behind({"--retry-attempts", "6"}));
  const StreamDump before = Fill(site, 3000);
  ASSERT_TRUE(site.BackUp("S").completed());
  site.client().DeleteStream("S");
  Hurt(site, {.bytes_per_second = 5 * kMegabyte}, {});
  const std::string job = BeginRestore(site, kMegabyte);
  site.proxy().HoldToServer(true);
  std::this_thread::sleep_for(milliseconds(6500));
  site.proxy().HoldToServer(false);
  const Outcome outcome = site.End(job);
  std::cout << "  stalled restore: " << outcome.Text() << "\n";
  if (outcome.completed()) {
    EXPECT_EQ(Joined(Compare(before, DumpStream(site.client(), "S"))), "");
  } else {
    EXPECT_FALSE(site.client().StreamExists("S")) << outcome.Text();
  }
}

TEST_P(FaultTest, ARestoreOutlivesAKilledAndRestartedServer) {
  Site site(Behind({"--retry-attempts", "10"}));
  const StreamDump before = Fill(site, 3000);
  ASSERT_TRUE(site.BackUp("S").completed());
  site.client().DeleteStream("S");
  Hurt(site, {.bytes_per_second = 5 * kMegabyte}, {});
  const std::string job = BeginRestore(site, 2 * kMegabyte);
  site.server().Kill();
  site.server().Start();
  const Outcome outcome = site.End(job, seconds(120));
  EXPECT_GE(outcome.attempts(), 2);
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  site.Reconnect();
  EXPECT_EQ(Joined(Compare(before, DumpStream(site.client(), "S"))), "");
}

TEST_P(FaultTest, ARestoreIntoAClusterThatLosesAServerIsExactOrLeavesNothing) {
  NatsCluster cluster({.version = GetParam()});
  // Slow from the first connection on: a client that reconnects may choose another server.
  FaultProxy proxy(cluster.node(0).port());
  proxy.ToServer({.bytes_per_second = 4 * kMegabyte});
  JetkeepProcess jetkeep({.server_url = proxy.Url(), .arguments = {"--retry-attempts", "10"}});
  JetStreamClient client(cluster.node(0).Url());
  client.CreateStream(replicated_);
  Publish(client, 3000);
  AwaitReplicas(client, "R");
  const StreamDump before = DumpStream(client, "R");
  BackUp(client, "R");
  client.DeleteStream("R");
  const std::uint64_t target = proxy.bytes_to_server() + 2 * kMegabyte;
  const Json begun = Ask(client, "restore.request", {{"stream", "R"}, {"job", "one"}});
  ASSERT_FALSE(begun.contains("error")) << begun;
  for (int i = 0; i < 2000 && proxy.bytes_to_server() < target; ++i) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  cluster.node(1).Kill();
  std::this_thread::sleep_for(seconds(2));
  cluster.node(1).Start();
  const Json status = StatusAtEnd(client, 1200);
  std::cout << "  " << status << "\n";
  if (status.value("state", "") != "completed") {
    EXPECT_FALSE(client.StreamExists("R")) << status << jetkeep.Log();
    return;
  }
  ExpectReplicated(client, before);
}

INSTANTIATE_TEST_SUITE_P(Servers, FaultTest, ::testing::ValuesIn(ServerVersions()), VersionName);

}  // namespace
}  // namespace jetkeep::testing

// The same for a stream with three replicas in a cluster of three.

#include <algorithm>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/support/raw_snapshot.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
constexpr std::int64_t kHourNs = 3'600'000'000'000;

// Clusters of 2.15 and later put consumers into their archives at their acknowledgement floor; what
// was acknowledged above it is in no answer of the server, and so is delivered again.
bool ArchivesConsumersAtTheirFloor(const std::string& version) { return AtLeast(version, "2.15"); }

// In a cluster `num_pending` reads 0 for a moment after a restore or a restart.
void AwaitPending(JetStreamClient& client, const StreamDump& before) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(15);
  const auto settled = [&](const auto& consumer) {
    const Json info = client.TryApi("CONSUMER.INFO." + before.stream + "." + consumer.first, {});
    return info.value("num_pending", Json()) == consumer.second.at("num_pending");
  };
  while (!std::all_of(before.consumers.begin(), before.consumers.end(), settled) &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

// What differs from `before`, in readable lines. `rebuilt`: more may await an acknowledgement than
// before, never less.
std::string Differences(JetStreamClient& client, const StreamDump& before, bool rebuilt) {
  AwaitPending(client, before);
  StreamDump after = DumpStream(client, before.stream);
  if (rebuilt) {
    for (auto& [name, consumer] : after.consumers) {
      const auto expected = before.consumers.find(name);
      if (expected == before.consumers.end()) continue;
      Json& pending = consumer["num_ack_pending"];
      EXPECT_GE(pending, expected->second.at("num_ack_pending")) << name;
      pending = expected->second.at("num_ack_pending");
    }
  }
  return Joined(Compare(before, after));
}

// Backs up, deletes and restores.
void BackUpAndRestore(JetStreamClient& client, const StreamDump& before, bool rebuilt) {
  if (RawMode()) {
    const RawSnapshot snapshot = TakeRawSnapshot(client, before.stream);
    client.DeleteStream(before.stream);
    RestoreRawSnapshot(client, before.stream, snapshot);
    AwaitReplicas(client, before.stream);
    return;
  }
  const Json backup = BackUp(client, before.stream).at("result");
  EXPECT_EQ(backup.at("messages"), before.state.at("messages"));
  EXPECT_EQ(backup.at("consumers"), before.consumers.size());
  EXPECT_EQ(backup.at("condition"), "complete");
  const Json shown = Ask(client, "backup.show", {{"backup", backup.at("id")}});
  const std::string warnings = shown.value("warnings", Json::array()).dump();
  for (const auto& [name, consumer] : before.consumers) {
    const bool warned = warnings.find("consumer " + name + " ") != std::string::npos &&
                        warnings.find("will be delivered again") != std::string::npos;
    EXPECT_EQ(warned, rebuilt) << name << ": " << warnings;
  }
  client.DeleteStream(before.stream);
  RestoreNewest(client, before.stream);
  EXPECT_TRUE(AllReplicasCurrent(client, before.stream)) << "the restore ended before";
}

class ClusterRoundTripTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ClusterRoundTripTest, ThreeReplicasComeBackExactly) {
  NatsCluster cluster({.version = GetParam()});
  std::unique_ptr<JetkeepProcess> jetkeep;
  if (!RawMode()) {
    jetkeep = std::make_unique<JetkeepProcess>(JetkeepOptions{.server_url = cluster.Url()});
  }
  const bool rebuilt = ArchivesConsumersAtTheirFloor(GetParam()) && !RawMode();
  StreamDump before;
  {
    JetStreamClient client(cluster.Url());
    client.CreateStream({{"name", "R3"}, {"subjects", {"r.>"}}, {"num_replicas", 3}});
    client.PublishMany(50'000, [](std::uint64_t i) {
      return OutgoingMessage{"r.s" + std::to_string(i % 5), "payload " + std::to_string(i),
                             HeaderBlock({{"Number", std::to_string(i)}})};
    });
    for (const std::uint64_t sequence : {1ULL, 2ULL, 1000ULL, 1001ULL, 30'000ULL, 50'000ULL}) {
      client.DeleteMessage("R3", sequence);
    }
    for (const std::string name : {"a", "b", "c"}) {
      client.CreateConsumer(
          "R3", {{"durable_name", name}, {"ack_policy", "explicit"}, {"ack_wait", kHourNs}});
      auto messages = client.Fetch("R3", name, 20);
      // A fresh consumer of a cluster may have nothing to give at first.
      for (int i = 0; messages.empty() && i < 50; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        messages = client.Fetch("R3", name, 20);
      }
      ASSERT_EQ(messages.size(), 20U);
      for (const std::size_t index : {0U, 1U, 2U, 6U, 9U}) client.Ack(messages[index]);
    }
    AwaitReplicas(client, "R3");
    before = DumpStream(client, "R3");
    BackUpAndRestore(client, before, rebuilt);
    EXPECT_EQ(Differences(client, before, rebuilt), "");
    AwaitReplicas(client, "R3");
  }
  cluster.RestartAll();
  JetStreamClient client(cluster.Url());
  AwaitReplicas(client, "R3");
  EXPECT_EQ(Differences(client, before, rebuilt), "") << "after the restart";
}

INSTANTIATE_TEST_SUITE_P(Servers, ClusterRoundTripTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

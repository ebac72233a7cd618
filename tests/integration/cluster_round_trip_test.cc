// The same for a stream with three replicas in a cluster of three.

#include "tests/integration/round_trip.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
constexpr std::int64_t kHourNs = 3'600'000'000'000;

class ClusterRoundTripTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ClusterRoundTripTest, ThreeReplicasComeBackExactly) {
  NatsCluster cluster({.version = GetParam()});
  std::unique_ptr<JetkeepProcess> jetkeep;
  if (!RawMode()) {
    jetkeep = std::make_unique<JetkeepProcess>(JetkeepOptions{.server_url = cluster.Url()});
  }
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
      const auto messages = client.Fetch("R3", name, 20);
      ASSERT_EQ(messages.size(), 20U);
      for (const std::size_t index : {0U, 1U, 2U, 6U, 9U}) client.Ack(messages[index]);
    }
    AwaitReplicas(client, "R3");
    EXPECT_EQ(RoundTrip(client, "R3", before), "");
    if (!RawMode()) {
      EXPECT_TRUE(AllReplicasCurrent(client, "R3")) << "the restore ended before";
    }
    AwaitReplicas(client, "R3");
  }
  cluster.RestartAll();
  JetStreamClient client(cluster.Url());
  AwaitReplicas(client, "R3");
  EXPECT_EQ(Joined(Compare(before, DumpStream(client, "R3"))), "") << "after the restart";
}

INSTANTIATE_TEST_SUITE_P(Servers, ClusterRoundTripTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

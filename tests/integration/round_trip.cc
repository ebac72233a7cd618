#include "tests/integration/round_trip.h"

#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "tests/support/raw_snapshot.h"

namespace jetkeep::testing {

bool RawMode() { return std::getenv("JETKEEP_TEST_RAW") != nullptr; }

std::string RoundTrip(JetStreamClient& client, const std::string& stream, StreamDump& before,
                      const CompareOptions& options) {
  before = DumpStream(client, stream);
  if (RawMode()) {
    const RawSnapshot snapshot = TakeRawSnapshot(client, stream);
    client.DeleteStream(stream);
    RestoreRawSnapshot(client, stream, snapshot);
    AwaitReplicas(client, stream);
    return Joined(Compare(before, DumpStream(client, stream), options));
  }
  const auto backup = BackUp(client, stream).at("result");
  EXPECT_EQ(backup.at("messages"), before.state.at("messages"));
  EXPECT_EQ(backup.at("bytes"), before.state.at("bytes"));
  if (before.state.at("last_seq") != 0) {
    EXPECT_EQ(backup.at("first_sequence"), before.state.at("first_seq"));
  }
  EXPECT_EQ(backup.at("last_sequence"), before.state.at("last_seq"));
  EXPECT_EQ(backup.at("consumers"), before.consumers.size());
  EXPECT_EQ(backup.at("condition"), "complete");
  client.DeleteStream(stream);
  const auto restored = RestoreNewest(client, stream);
  EXPECT_EQ(restored.at("messages"), before.state.at("messages"));
  return Joined(Compare(before, DumpStream(client, stream), options));
}

bool AllReplicasCurrent(JetStreamClient& client, const std::string& stream) {
  const auto info = client.StreamInfo(stream);
  const auto cluster = info.value("cluster", nlohmann::json::object());
  const auto replicas = cluster.value("replicas", nlohmann::json::array());
  for (const auto& replica : replicas) {
    if (!replica.value("current", false)) return false;
  }
  return replicas.size() + 1 == info.at("config").value("num_replicas", 1U);
}

void AwaitReplicas(JetStreamClient& client, const std::string& stream) {
  for (int i = 0; i < 300; ++i) {
    try {
      if (AllReplicasCurrent(client, stream)) return;
    } catch (const std::runtime_error&) {
      // No leader yet.
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ADD_FAILURE() << "replicas of " << stream << " are not current";
}

}  // namespace jetkeep::testing

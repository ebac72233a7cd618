#include "tests/integration/round_trip.h"

#include <cstdlib>

#include "tests/support/raw_snapshot.h"

namespace jetkeep::testing {

bool RawMode() { return std::getenv("JETKEEP_TEST_RAW") != nullptr; }

std::string VersionName(const ::testing::TestParamInfo<std::string>& version) {
  std::string name = "v" + version.param;
  name[name.find('.')] = '_';
  return name;
}

std::string RoundTrip(JetStreamClient& client, const std::string& stream, StreamDump& before,
                      const CompareOptions& options) {
  before = DumpStream(client, stream);
  if (RawMode()) {
    const RawSnapshot snapshot = TakeRawSnapshot(client, stream);
    client.DeleteStream(stream);
    RestoreRawSnapshot(client, stream, snapshot);
    return Joined(Compare(before, DumpStream(client, stream), options));
  }
  const auto backup = BackUp(client, stream).at("result");
  EXPECT_EQ(backup.at("messages"), before.state.at("messages"));
  EXPECT_EQ(backup.at("bytes"), before.state.at("bytes"));
  EXPECT_EQ(backup.at("first_sequence"), before.state.at("first_seq"));
  EXPECT_EQ(backup.at("last_sequence"), before.state.at("last_seq"));
  EXPECT_EQ(backup.at("consumers"), before.consumers.size());
  EXPECT_EQ(backup.at("condition"), "complete");
  client.DeleteStream(stream);
  const auto restored = RestoreNewest(client, stream);
  EXPECT_EQ(restored.at("messages"), before.state.at("messages"));
  return Joined(Compare(before, DumpStream(client, stream), options));
}

}  // namespace jetkeep::testing

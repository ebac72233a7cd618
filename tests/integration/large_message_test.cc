// Memory follows the largest message, in a documented measure (deploy/OPERATIONS.md).
#include <gtest/gtest.h>

#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kMessages = 4;
// Servers store larger messages, but do not all read them again after a restart.
constexpr std::uint64_t kMessageMiB = 31;
// 44 MiB and three times the message are promised; the rest is the allocator's.
constexpr std::uint64_t kMostMiB = 44 + 3 * kMessageMiB + 12;

std::string SizeOf(const std::string& version) {
  return version + " with messages of " + std::to_string(kMessageMiB) + " MiB";
}

class LargeMessageTest : public ::testing::TestWithParam<std::string> {};

TEST_P(LargeMessageTest, BackupDrillAndRestoreTakeAFewTimesItsMemory) {
  NatsServerOptions server;
  server.version = GetParam();
  server.config = "max_payload: " + std::to_string((kMessageMiB + 1) * kMiB) +
                  "\nmax_pending: " + std::to_string(256 * kMiB);
  Site site({.server = server});
  site.client().CreateStream({{"name", "L"}, {"subjects", {"l"}}});
  std::string payload = NumberedPayload(1, kMessageMiB * kMiB);
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    payload[i] = static_cast<char>('a' + i);
    site.client().PublishAcked("l", payload);
  }
  const auto expect_memory = [&](const std::string& after) {
    if (std::getenv("JETKEEP_SANITIZED") != nullptr) return;
    const std::uint64_t peak = site.jetkeep().process().PeakRssKib() / 1024;
    EXPECT_LE(peak, kMostMiB) << after << " on " << SizeOf(GetParam());
  };
  ASSERT_TRUE(site.BackUp("L").completed());
  expect_memory("a backup");
  const Json drill = Ask(site.client(), "backup.verify", {{"wait", true}, {"drill", true}},
                         std::chrono::minutes(2));
  EXPECT_EQ(drill.value("damaged", 1), 0) << drill;
  expect_memory("a drill");
  site.client().DeleteStream("L");
  const Outcome restored = site.Restore("L");
  ASSERT_TRUE(restored.completed()) << restored.Text();
  expect_memory("a restore");
  EXPECT_EQ(site.client().StreamInfo("L").at("state").at("messages"), kMessages);
}

INSTANTIATE_TEST_SUITE_P(Servers, LargeMessageTest, ::testing::Values("2.10", "2.15"),
                         [](const auto& version) {
                           return version.param == "2.10" ? "On2_10" : "On2_15";
                         });

}  // namespace
}  // namespace jetkeep::testing

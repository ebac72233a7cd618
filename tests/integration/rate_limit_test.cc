// How fast backups and restores go is bounded where the configuration says so, and the bound may
// change while a service runs. Bounds from below hold however busy the machine is.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "tests/integration/site.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::uint64_t kMessages = 120;
constexpr std::size_t kMessageBytes = 64 * 1024;  // 7.5 MiB together, more than one window of 2.15
constexpr double kSlow = 2.0 * 1024 * 1024;       // bytes a second
// Less than the archive takes: payloads are text.
constexpr double kArchiveBytes = 0.7 * static_cast<double>(kMessages * kMessageBytes);
// The first chunk passes at once, and chunks are up to a sixteenth of the rate.
constexpr double kSlack = 0.8;

void Write(const std::string& path, const std::string& rates) {
  std::ofstream(path) << "backup:\n  bytes_per_second: " << rates
                      << "\nrestore:\n  bytes_per_second: " << rates << "\n";
}

template <typename Call>
double SecondsOf(Call call) {
  const auto began = std::chrono::steady_clock::now();
  call();
  return Seconds(std::chrono::steady_clock::now() - began).count();
}

class RateLimit : public ::testing::TestWithParam<std::string> {};

TEST_P(RateLimit, BoundsBackupsAndRestoresAndMayChange) {
  const ScratchDirectory directory("rate");
  const std::string file = directory / "jetkeep.yaml";
  Write(file, "4MiB");
  Site site({.server = {.version = GetParam()}, .arguments = {"--config", file}});
  site.Fill("S", kMessages, kMessageBytes);
  const StreamDump before = DumpStream(site.client(), "S");
  const auto back_up = [&] {
    const Outcome outcome = site.BackUp("S");
    EXPECT_TRUE(outcome.completed()) << outcome.Text();
    EXPECT_EQ(outcome.attempts(), 1);
  };
  const auto restore = [&] { EXPECT_EQ(site.RestoredAgainst("S", before), ""); };

  const auto bounded = [&](double rate) {
    EXPECT_GE(SecondsOf(back_up), kSlack * kArchiveBytes / rate);
    EXPECT_GE(SecondsOf(restore), kSlack * kArchiveBytes / rate);
  };
  bounded(2 * kSlow);

  Write(file, "2MiB");
  site.jetkeep().process().Signal(SIGHUP);
  for (int i = 0; i < 200 && site.jetkeep().Log().find("was read again") == std::string::npos;
       ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  bounded(kSlow);
}

INSTANTIATE_TEST_SUITE_P(Servers, RateLimit, ::testing::Values("2.10", "2.15"), VersionName);

TEST(RateLimitSetting, ATooLowBoundIsRefused) {
  const ScratchDirectory directory("rate");
  const std::string file = directory / "jetkeep.yaml";
  Write(file, "100KiB");
  const ProgramResult result = RunJetkeep({"config", "--check", file});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.error.find("backup.bytes_per_second is below 1MiB"), std::string::npos)
      << result.error;
}

}  // namespace
}  // namespace jetkeep::testing

// Backups and restores over links that take less than the other side makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMegabyte = 1'000'000;
constexpr std::uint64_t kMessages = 10'000;

class SlowLinkTest : public ::testing::TestWithParam<std::string> {
 protected:
  void FillWithText() {
    site_.client().CreateStream({{"name", "TEXT"}, {"subjects", {"TEXT.>"}}});
    site_.client().PublishMany(kMessages, [](std::uint64_t i) {
      std::string text = "{\"lines\":[";
      for (std::uint64_t n = i; text.size() < 6000; n = n * 6364136223846793005 + 1) {
        text += R"({"article":"A-)" + std::to_string(n % 5000) + R"(","state":"shipped"},)";
      }
      return OutgoingMessage{"TEXT.s" + std::to_string(i % 50), text + "{}]}", ""};
    });
  }

  Site site_{SiteOptions{.server = {.version = GetParam()}, .proxy = true}};
};

TEST_P(SlowLinkTest, ARestoreIsCompressedWhereTheLinkIsSlowAndComesBackWhole) {
  FillWithText();
  const StreamDump before = DumpStream(site_.client(), "TEXT");
  const auto bytes = before.state.at("bytes").get<std::uint64_t>();
  ASSERT_TRUE(site_.BackUp("TEXT").completed());
  site_.proxy().ToServer({.bytes_per_second = 20 * kMegabyte});
  site_.proxy().CutAll();
  site_.jetkeep().WaitUntilReady();
  const std::uint64_t sent = site_.proxy().bytes_to_server();
  EXPECT_EQ(site_.RestoredAgainst("TEXT", before), "");
  // Not a third of it: what is on its way before anybody can know is not compressed.
  EXPECT_LT(site_.proxy().bytes_to_server() - sent, bytes * 2 / 3);
}

INSTANTIATE_TEST_SUITE_P(Servers, SlowLinkTest, ::testing::ValuesIn(ServerVersions()), VersionName);

// Servers before 2.14 have a window of 8 MiB, too large to be filled over such a link in a test.
// With this one they ask for an acknowledgement of each chunk.
TEST(SlowBackupTest, ABackupThatTheServerGaveUpIsTriedAgainInSmallerChunks) {
  Site site(
      {.server = {.version = "2.15"}, .proxy = true, .arguments = {"--window-size", "150KiB"}});
  site.Fill("NOISE", 25, 8000);
  const StreamDump before = DumpStream(site.client(), "NOISE");
  // 128 KiB take longer than the 5 s that the server waits, 64 KiB do not.
  site.proxy().ToClient({.bytes_per_second = 22'000});
  site.proxy().CutAll();
  site.jetkeep().WaitUntilReady();
  const Outcome outcome = site.BackUp("NOISE");
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  // Its events are behind the chunks on that link, and the test's questions time out meanwhile.
  EXPECT_THAT(site.jetkeep().Log(), HasSubstr("gave up waiting for acknowledgements"));
  EXPECT_EQ(outcome.attempts(), 2) << outcome.Text();
  site.proxy().ToClient({});
  site.proxy().CutAll();
  site.jetkeep().WaitUntilReady();
  EXPECT_EQ(site.RestoredAgainst("NOISE", before), "");
}

}  // namespace
}  // namespace jetkeep::testing

// Restores over links that take less than the compression makes.
#include <gtest/gtest.h>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

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

}  // namespace
}  // namespace jetkeep::testing

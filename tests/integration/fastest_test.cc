// The fastest setting keeps what the server has compressed: all comes back from that, too.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "protocol/repository/layout.h"
#include "protocol/repository/segment.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;

class FastestTest : public ::testing::TestWithParam<std::string> {
 protected:
  // The codecs of all blocks in the repository.
  std::set<BlockCodec> Codecs() {
    std::set<BlockCodec> codecs;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(site_.jetkeep().repository())) {
      if (entry.path().parent_path().filename() != "segments") continue;
      const std::string file = ReadWholeFile(entry.path());
      const SegmentId id = SegmentIdOf(entry.path().filename().string());
      const std::string_view footer =
          std::string_view(file).substr(file.size() - kSegmentFooterBytes);
      const auto parsed = ParseSegmentFooter(footer, file.size());
      if (!parsed) ADD_FAILURE() << parsed.error().message;
      if (!parsed) continue;
      const auto blocks = ParseSegmentIndex(
          id, std::string_view(file).substr(0, kSegmentHeaderBytes),
          std::string_view(file).substr(parsed->index_offset, parsed->tail_bytes), footer);
      if (!blocks) ADD_FAILURE() << blocks.error().message;
      if (!blocks) continue;
      for (const BlockInfo& info : blocks->blocks) codecs.insert(info.codec);
    }
    return codecs;
  }

  Site site_{
      SiteOptions{.server = {.version = GetParam()}, .arguments = {"--compression", "fastest"}}};
};

std::string JsonText(std::uint64_t number, std::size_t bytes) {
  std::string text = "{\"items\":[";
  for (std::uint64_t n = number; text.size() < bytes; n = n * 6364136223846793005 + 1) {
    text += R"({"sku":"SKU-)" + std::to_string(n % 5000) + R"(","state":"shipped","price":)" +
            std::to_string(n >> 48) + "},";
  }
  return text + "{}]}";
}

TEST_P(FastestTest, MessagesOfAllSizesComeBackAndSoDoTheirGaps) {
  site_.client().CreateStream({{"name", "MIXED"}, {"subjects", {"MIXED.>"}}});
  site_.client().PublishMany(30'000, [](std::uint64_t i) {
    const std::string headers =
        i % 4 == 0 ? HeaderBlock({{"Number", std::to_string(i)}}) : std::string();
    const std::size_t bytes = i % 999 == 0 ? 300'000 : 200 + i * 31 % 1500;
    return OutgoingMessage{"MIXED.s" + std::to_string(i % 23), JsonText(i, bytes), headers};
  });
  for (std::uint64_t sequence = 5; sequence < 30'000; sequence += 211) {
    site_.client().DeleteMessage("MIXED", sequence, sequence % 2 == 0);
  }
  site_.client().PurgeStream("MIXED", {{"filter", "MIXED.s7"}});
  site_.client().CreateConsumer("MIXED", {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
  const auto fetched = site_.client().Fetch("MIXED", "worker", 20);
  for (std::size_t i = 0; i < fetched.size(); i += 3) site_.client().Ack(fetched[i]);

  StreamDump before;
  EXPECT_EQ(RoundTrip(site_.client(), "MIXED", before), "");
  EXPECT_TRUE(Codecs().contains(BlockCodec::kArchive));
  EXPECT_EQ(site_.VerifyAll(), "");
  site_.jetkeep().ExpectSmallMemory();

  site_.server().Restart();
  site_.Reconnect();
  EXPECT_EQ(Joined(Compare(before, DumpStream(site_.client(), "MIXED"), {})), "");
}

TEST_P(FastestTest, KeysWrittenManyTimesComeBackAsTheyWereLast) {
  site_.client().CreateStream(
      {{"name", "KEYS"}, {"subjects", {"KEYS.>"}}, {"max_msgs_per_subject", 1}});
  site_.client().PublishMany(40'000, [](std::uint64_t i) {
    return OutgoingMessage{"KEYS.k" + std::to_string(i * 7 % 9001), JsonText(i, 700), ""};
  });
  StreamDump before;
  EXPECT_EQ(RoundTrip(site_.client(), "KEYS", before), "");
  EXPECT_EQ(site_.VerifyAll(), "");
}

INSTANTIATE_TEST_SUITE_P(Servers, FastestTest, ::testing::ValuesIn(ServerVersions()), VersionName);

}  // namespace
}  // namespace jetkeep::testing

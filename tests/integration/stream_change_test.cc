// A stream that becomes another one, or changes its rules, while it is copied.
#include <gtest/gtest.h>

#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr std::uint64_t kMegabyte = 1024 * 1024;
constexpr std::size_t kBytes = 4000;

class StreamChangeTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    site_ = std::make_unique<Site>(
        SiteOptions{.server = {.version = GetParam()},
                    .proxy = true,
                    .arguments = {"--retry-attempts", "5", "--idle-timeout", "4s"}});
    site_->Fill("S", 4000, kBytes);
    site_->proxy().ToClient({.bytes_per_second = 8 * kMegabyte});
    site_->proxy().CutAll();
    site_->jetkeep().WaitUntilReady();
    site_->proxy().ToClient({});
  }
  // A backup of S, once a part of it has arrived.
  std::string BeginPartOfABackup() {
    const std::uint64_t target = site_->proxy().bytes_to_client() + 2 * kMegabyte;
    const std::string job = site_->Begin("backup.request", {{"stream", "S"}});
    for (int i = 0; i < 2000 && site_->proxy().bytes_to_client() < target; ++i) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    return job;
  }

  std::unique_ptr<Site> site_;
};

TEST_P(StreamChangeTest, OneMadeAnewIsCopiedAnewAndNeverMixed) {
  const std::string job = BeginPartOfABackup();
  site_->client().DeleteStream("S");
  // As many messages as before: the numbers of the two are the same.
  Json config{{"name", "S"}, {"subjects", {"S.s"}}};
  site_->client().CreateStream(config);
  site_->client().PublishMany(4000, [](std::uint64_t i) {
    return OutgoingMessage{"S.s", NumberedPayload(i + 1'000'000, kBytes), ""};
  });
  const StreamDump now = DumpStream(site_->client(), "S");
  const Outcome outcome = site_->End(job);
  std::cout << "  " << outcome.Text() << "\n";
  if (!outcome.completed()) {
    EXPECT_EQ(site_->List("S").size(), 0U);
    return;
  }
  EXPECT_EQ(site_->RestoredAgainst("S", now), "");
}

TEST_P(StreamChangeTest, OneDeletedForGoodFailsTheBackupByItsName) {
  const std::string job = BeginPartOfABackup();
  site_->client().DeleteStream("S");
  const Outcome outcome = site_->End(job);
  EXPECT_FALSE(outcome.completed()) << outcome.Text();
  EXPECT_NE(outcome.error().find("stream S"), std::string::npos) << outcome.Text();
  EXPECT_EQ(FilesBelow(site_->jetkeep().repository()), std::vector<std::string>());
}

TEST_P(StreamChangeTest, OnePurgedDuringTheCopyIsACutThatItHad) {
  const std::string job = BeginPartOfABackup();
  site_->client().Api("STREAM.PURGE.S", {{"keep", 100}});
  const Outcome outcome = site_->End(job);
  std::cout << "  " << outcome.Text() << "\n";
  if (!outcome.completed()) {
    EXPECT_EQ(site_->List("S").size(), 0U);
    return;
  }
  const Json backup = site_->Show(outcome.backup());
  site_->client().DeleteStream("S");
  const Outcome restored = site_->Restore("S");
  ASSERT_TRUE(restored.completed()) << restored.Text();
  const auto payloads = ReadPayloads(site_->client(), "S");
  EXPECT_EQ(payloads.size(), backup.at("messages").get<std::uint64_t>());
  for (const auto& [sequence, payload] : payloads) {
    EXPECT_EQ(payload, NumberedPayload(sequence, kBytes)) << sequence;
  }
  // All that was there before the purge, or all that was left by it.
  EXPECT_TRUE(payloads.size() == 4000 || payloads.size() == 100) << payloads.size();
}

INSTANTIATE_TEST_SUITE_P(Servers, StreamChangeTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

// A stream that becomes another one, or changes its rules, while it is copied.
#include <gtest/gtest.h>

#include <map>
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

// The server removes what a new limit does not allow one message after the other, and tells its
// state in between: what it has not removed yet would be removed by a restore.
TEST_P(StreamChangeTest, ALimitForEachSubjectThatComesMeanwhileIsKeptByTheBackup) {
  constexpr std::uint64_t kSubjects = 500;
  constexpr std::uint64_t kMessages = 30'000;
  JetStreamClient& client = site_->client();
  Json config{{"name", "K"}, {"subjects", {"K.>"}}};
  client.CreateStream(config);
  client.PublishMany(kMessages, [](std::uint64_t i) {
    return OutgoingMessage{"K." + std::to_string(i % kSubjects), NumberedPayload(i + 1, 100), ""};
  });
  for (const std::uint64_t limit : {40, 20, 1}) {
    const std::string job = site_->Begin("backup.request", {{"stream", "K"}});
    config["max_msgs_per_subject"] = limit;
    client.UpdateStream(config);
    const Outcome outcome = site_->End(job);
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
    client.DeleteStream("K");
    const Outcome restored = site_->Restore("K");
    ASSERT_TRUE(restored.completed()) << restored.Text();
    const auto payloads = ReadPayloads(client, "K");
    std::map<std::uint64_t, std::uint64_t> of_subject;
    for (const auto& [sequence, payload] : payloads) {
      EXPECT_EQ(payload, NumberedPayload(sequence, 100)) << sequence;
      const std::uint64_t newer = sequence + kSubjects;
      // What stays of a subject are its newest.
      EXPECT_TRUE(newer > kMessages || payloads.count(newer) != 0) << sequence;
      ++of_subject[sequence % kSubjects];
    }
    EXPECT_EQ(of_subject.size(), kSubjects);
    const auto kept = client.StreamInfo("K").at("config").at("max_msgs_per_subject");
    std::cout << "  " << payloads.size() << " messages, limit " << kept << "\n";
    client.UpdateStream(config);
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, StreamChangeTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

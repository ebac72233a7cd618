// Streams with millions of deleted messages between the live ones: the server's list of them is
// longer than memory allows, or than the server can send.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/integration/numbered_stream.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

class ManyDeletesTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    JETKEEP_NEEDS_SERVER(GetParam());
    site_ = std::make_unique<Site>(SiteOptions{.server = {.version = GetParam()}});
  }
  // Backs up and restores, and prints what it cost.
  void ExpectRoundTrip() {
    const Json before = site_->client().StreamInfo("S").at("state");
    const auto began = Clock::now();
    const Outcome outcome = site_->BackUp("S");
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
    std::cout << "  " << before.value("num_deleted", std::uint64_t{0}) << " deleted, "
              << std::chrono::duration<double>(Clock::now() - began).count() << " s, "
              << site_->jetkeep().process().PeakRssKib() / 1024 << " MiB\n";
    site_->jetkeep().ExpectSmallMemory();
    const std::uint64_t first = before.at("first_seq");
    const std::uint64_t last = before.at("last_seq");
    const auto sample = [&] {
      std::vector<Json> messages;
      for (std::uint64_t i = 0; i <= 200; ++i) {
        const std::uint64_t sequence = first + (last - first) / 200 * i + i % 2;
        messages.push_back(site_->client().TryApi("STREAM.MSG.GET.S", {{"seq", sequence}}));
      }
      return messages;
    };
    const std::vector<Json> messages = sample();
    site_->client().DeleteStream("S");
    const Outcome restored = site_->Restore("S");
    ASSERT_TRUE(restored.completed()) << restored.Text();
    std::cout << "  restored with " << site_->jetkeep().process().PeakRssKib() / 1024 << " MiB\n";
    const Json after = site_->client().StreamInfo("S").at("state");
    for (const char* field : {"messages", "bytes", "first_seq", "last_seq", "num_deleted"}) {
      EXPECT_EQ(after.value(field, Json()), before.value(field, Json())) << field;
    }
    EXPECT_EQ(sample(), messages);
  }

  std::unique_ptr<Site> site_;
};

// JETKEEP_DELETES: how many, by hand.
std::uint64_t Deletes() {
  const char* text = std::getenv("JETKEEP_DELETES");
  return text != nullptr ? std::stoull(text) : 900'000;
}

TEST_P(ManyDeletesTest, OneKeyThatRestsUnderManyUpdatesOfAnother) {
  site_->client().CreateStream({{"name", "S"}, {"subjects", {"S.>"}}, {"max_msgs_per_subject", 1}});
  site_->client().PublishMany(Deletes() + 2, [](std::uint64_t i) {
    return OutgoingMessage{i == 0 ? "S.cold" : "S.hot", "v", ""};
  });
  ExpectRoundTrip();
}

TEST_P(ManyDeletesTest, EveryOtherMessage) {
  site_->client().CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
  site_->client().PublishMany(2 * Deletes(), [](std::uint64_t i) {
    return OutgoingMessage{i % 2 == 0 ? "S.even" : "S.odd", "v", ""};
  });
  site_->client().Api("STREAM.PURGE.S", {{"filter", "S.odd"}}, std::chrono::seconds(120));
  ExpectRoundTrip();
}

// While the server makes a list, messages escape; where it is too long, there is none.
TEST_P(ManyDeletesTest, ABucketThatIsRewrittenOverAKeyThatRests) {
  for (const std::uint64_t updates : {Deletes() / 3, Deletes()}) {
    Model model = Bucket(1000, 1, 50, 1);
    model.fill += updates;
    EXPECT_EQ(BackUpWhileWritten(*site_, model, 2000, 2), 2) << updates;
  }
  site_->jetkeep().ExpectSmallMemory();
}

INSTANTIATE_TEST_SUITE_P(Servers, ManyDeletesTest, ::testing::Values("2.10", "2.15"), VersionName);

}  // namespace
}  // namespace jetkeep::testing

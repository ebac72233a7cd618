// Streams with millions of deleted messages between the live ones: the server's list of them is
// longer than memory allows, or than the server can send.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

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

// No list can be asked for, and no rule says what goes: the live messages are listed.
TEST_P(ManyDeletesTest, MessagesThatAreDeletedMeanwhileAmongMany) {
  JetStreamClient& client = site_->client();
  client.CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
  // One in ten is live.
  const std::uint64_t live = Deletes() / 9;
  const std::uint64_t last = 10 * live;
  client.PublishMany(last, [&](std::uint64_t i) {
    return OutgoingMessage{i % 10 == 0 ? "S.stays" : "S.goes", std::to_string(i + 1), ""};
  });
  client.Api("STREAM.PURGE.S", {{"filter", "S.goes"}}, std::chrono::seconds(120));
  // The k-th that is deleted, in an order without order.
  const auto victim = [&](std::uint64_t k) { return k * 7919 % live * 10 + 1; };
  std::atomic<bool> stop = false;
  std::uint64_t deleted = 0;
  std::thread deleter([&] {
    JetStreamClient own(site_->server().Url());
    for (std::uint64_t k = 1; !stop; ++k) {
      const Json answer =
          own.TryApi("STREAM.MSG.DELETE.S", {{"seq", victim(k)}, {"no_erase", true}});
      // During a snapshot some servers delete nothing.
      if (answer.contains("error")) --k;
      deleted = k;
      std::this_thread::sleep_for(std::chrono::milliseconds(700));
    }
  });
  const auto began = Clock::now();
  const Outcome outcome = site_->BackUp("S");
  stop = true;
  deleter.join();
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  std::cout << "  " << std::chrono::duration<double>(Clock::now() - began).count() << " s, "
            << site_->jetkeep().process().PeakRssKib() / 1024 << " MiB, " << deleted
            << " deleted meanwhile\n";
  site_->jetkeep().ExpectSmallMemory();
  EXPECT_EQ(client.ConsumerNames("S").size(), 0U);
  client.DeleteStream("S");
  const Outcome restored = site_->Restore("S");
  ASSERT_TRUE(restored.completed()) << restored.Text();
  const Json state = client.StreamInfo("S").at("state");
  const std::uint64_t gone = live - state.at("messages").get<std::uint64_t>();
  EXPECT_LE(gone, deleted);
  for (std::uint64_t k = 1; k <= deleted; ++k) {
    const Json found = client.TryApi("STREAM.MSG.GET.S", {{"seq", victim(k)}});
    EXPECT_EQ(found.contains("error"), k <= gone) << k;
  }
}

// While the server makes a list, messages leave; where it is too long, there is none.
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

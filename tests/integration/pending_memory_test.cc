// Consumers that have hundreds of thousands of messages pending: memory stays within the promise,
// and all of them are pending again after the restore.
#include <gtest/gtest.h>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::seconds;

constexpr std::uint64_t kConsumers = 5;

// JETKEEP_PENDING: of each consumer, by hand.
std::uint64_t Pending() {
  const char* text = std::getenv("JETKEEP_PENDING");
  return text != nullptr ? std::stoull(text) : 120'000;
}

std::string Name(std::uint64_t consumer) { return "c" + std::to_string(consumer); }

class PendingMemoryTest : public ::testing::TestWithParam<std::string> {};

TEST_P(PendingMemoryTest, ManyPendingMessagesOfManyConsumersTakeLittle) {
  JETKEEP_NEEDS_SERVER(GetParam());
  Site site({.server = {.version = GetParam()}});
  JetStreamClient& client = site.client();
  client.CreateStream({{"name", "S"}, {"subjects", {"s"}}});
  client.PublishMany(Pending(), [](std::uint64_t) { return OutgoingMessage{"s", "x", ""}; });
  for (std::uint64_t i = 0; i < kConsumers; ++i) {
    client.CreateConsumer("S", {{"durable_name", Name(i)},
                                {"ack_policy", "explicit"},
                                {"max_ack_pending", Pending()},
                                {"ack_wait", std::chrono::nanoseconds(seconds(3600)).count()}});
    auto messages = client.Pull("S", Name(i), Pending(), seconds(30));
    ASSERT_EQ(messages.size(), Pending());
    // One in a hundred is acknowledged, out of order.
    for (std::uint64_t at = 50; at < messages.size(); at += 100) {
      client.Publish(messages[at].reply, "+ACK");
    }
    client.Ack(messages[99]);
  }
  const Json before = client.ConsumerInfo("S", Name(0));
  ASSERT_TRUE(site.BackUp("S").completed());
  site.jetkeep().ExpectSmallMemory();
  client.DeleteStream("S");
  const Outcome restored = site.Restore("S");
  ASSERT_TRUE(restored.completed()) << restored.Text();
  site.jetkeep().ExpectSmallMemory();
  std::cout << "  " << before.at("num_ack_pending") << " pending of each of " << kConsumers << ", "
            << site.jetkeep().process().PeakRssKib() / 1024 << " MiB\n";
  for (std::uint64_t i = 0; i < kConsumers; ++i) {
    const Json after = client.ConsumerInfo("S", Name(i));
    for (const char* field : {"num_ack_pending", "num_pending"}) {
      EXPECT_EQ(after.at(field), before.at(field)) << Name(i) << ": " << field;
    }
    for (const char* field : {"delivered", "ack_floor"}) {
      for (const char* number : {"consumer_seq", "stream_seq"}) {
        EXPECT_EQ(after.at(field).at(number), before.at(field).at(number)) << Name(i);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, PendingMemoryTest, ::testing::Values("2.10", "2.15"),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

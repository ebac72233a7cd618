// One rich round trip on each server that the full set of kinds (round_trip_test) does not run
// against: what all of them know, and what began with their series.

#include "tests/integration/round_trip.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
constexpr std::int64_t kHourNs = 3'600'000'000'000;

class SeriesRoundTripTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    JETKEEP_NEEDS_SERVER(GetParam());
    server_ = std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam()});
    if (!RawMode()) {
      jetkeep_ = std::make_unique<JetkeepProcess>(JetkeepOptions{.server_url = server_->Url()});
    }
    client_ = std::make_unique<JetStreamClient>(server_->Url());
  }

  JetStreamClient& client() { return *client_; }
  bool Since(const std::string& version) const { return AtLeast(GetParam(), version); }

  void Fill(const std::string& stream, std::uint64_t count) {
    client().PublishMany(count, [&](std::uint64_t i) {
      const std::string number = std::to_string(i);
      return OutgoingMessage{
          stream + ".s" + std::to_string(i % 9), "payload " + number,
          i % 3 == 0 ? HeaderBlock({{"Number", number}, {"Number", "twice"}}) : std::string()};
    });
  }

  void ExpectRoundTrip(const std::string& stream) {
    EXPECT_EQ(RoundTrip(client(), stream, restored_[stream]), "") << stream;
  }
  void ExpectTheSameAfterARestart() {
    server_->Restart();
    JetStreamClient after(server_->Url());
    for (const auto& [stream, dump] : restored_) {
      EXPECT_EQ(Joined(Compare(dump, DumpStream(after, stream))), "") << stream;
    }
  }

  // Gaps of every kind, and consumers part of the way.
  void Orders() {
    Json config{{"name", "ORDERS"},
                {"subjects", {"ORDERS.>"}},
                {"compression", "s2"},
                {"metadata", {{"owner", "team"}}}};
    client().CreateStream(config);
    Fill("ORDERS", 20'000);
    client().PurgeStream("ORDERS", {{"seq", 300}});
    client().PurgeStream("ORDERS", {{"filter", "ORDERS.s3"}, {"keep", 2}});
    for (const std::uint64_t sequence : {300ULL, 5001ULL, 5002ULL, 20'000ULL}) {
      client().DeleteMessage("ORDERS", sequence, sequence % 2 == 0);
    }
    Json consumer{{"durable_name", "c"}, {"ack_policy", "explicit"}, {"ack_wait", kHourNs}};
    client().CreateConsumer("ORDERS", consumer);
    const auto messages = client().Fetch("ORDERS", "c", 30);
    for (const std::size_t index : {0U, 1U, 2U, 6U, 9U}) client().Ack(messages.at(index));
    consumer["durable_name"] = "filters";
    consumer["filter_subjects"] = {"ORDERS.s1", "ORDERS.s4"};
    if (Since("2.11")) consumer["pause_until"] = "2199-01-01T00:00:00Z";
    client().CreateConsumer("ORDERS", consumer);
    ExpectRoundTrip("ORDERS");
  }

  void Bucket() {
    Json more = Json::object();
    if (Since("2.11")) more = {{"allow_msg_ttl", true}, {"subject_delete_marker_ttl", kHourNs}};
    client().CreateBucket("settings", 3, more);
    for (int i = 0; i < 3000; ++i) {
      client().PutKey("settings", "k." + std::to_string(i % 500), "value " + std::to_string(i));
    }
    client().DeleteKey("settings", "k.3");
    client().PurgeKey("settings", "k.4");
    if (Since("2.11")) {
      client().PublishAcked("$KV.settings.short", "lives", HeaderBlock({{"Nats-TTL", "1h"}}));
    }
    ExpectRoundTrip("KV_settings");
  }

  void WorkQueue() {
    client().CreateStream({{"name", "WORK"}, {"subjects", {"WORK.>"}}, {"retention", "workqueue"}});
    client().CreateConsumer(
        "WORK", {{"durable_name", "w"}, {"ack_policy", "explicit"}, {"ack_wait", kHourNs}});
    Fill("WORK", 500);
    const auto messages = client().Fetch("WORK", "w", 50);
    for (const std::size_t index : {0U, 1U, 5U, 9U, 49U}) client().Ack(messages.at(index));
    ExpectRoundTrip("WORK");
  }

  // What began with 2.12: counters, schedules that are far away, and batches.
  void Counter() {
    client().CreateStream(
        {{"name", "COUNT"}, {"subjects", {"COUNT.>"}}, {"allow_msg_counter", true}});
    for (int i = 0; i < 20; ++i) {
      client().PublishAcked("COUNT.a", "", HeaderBlock({{"Nats-Incr", std::to_string(i - 5)}}));
    }
    ExpectRoundTrip("COUNT");
    EXPECT_EQ(client()
                  .Request("COUNT.a", "", JetStreamClient::kDefaultTimeout,
                           HeaderBlock({{"Nats-Incr", "10"}}))
                  .Json()
                  .value("val", ""),
              "100");
    restored_.erase("COUNT");
  }
  void Schedule() {
    client().CreateStream({{"name", "LATER"},
                           {"subjects", {"LATER.>"}},
                           {"allow_msg_schedules", true},
                           {"allow_msg_ttl", true},
                           {"allow_atomic", true}});
    client().PublishAcked("LATER.plan", "at last",
                          HeaderBlock({{"Nats-Schedule", "@at 2199-01-01T00:00:00Z"},
                                       {"Nats-Schedule-Target", "LATER.now"}}));
    ExpectRoundTrip("LATER");
  }

 private:
  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<JetkeepProcess> jetkeep_;
  std::unique_ptr<JetStreamClient> client_;
  std::map<std::string, StreamDump> restored_;  // what must still be there after a restart
};

TEST_P(SeriesRoundTripTest, EverythingComesBackAndStaysOverARestart) {
  Orders();
  Bucket();
  WorkQueue();
  if (Since("2.12")) {
    Counter();
    Schedule();
  }
  ExpectTheSameAfterARestart();
}

INSTANTIATE_TEST_SUITE_P(Servers, SeriesRoundTripTest,
                         ::testing::Values("2.11", "2.12", "2.14", "2.15.3"), VersionName);

}  // namespace
}  // namespace jetkeep::testing

// Streams that are written to while they are backed up: inside a backup is exactly what was live at
// one moment. The judge is a model: one writer numbers its messages, so what is live when number n
// is the newest follows from n alone.
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
using std::chrono::milliseconds;

// Sequence -> payload, read one by one: also of streams that drop what is acknowledged.
std::map<std::uint64_t, std::string> ReadBySequence(JetStreamClient& client) {
  std::map<std::uint64_t, std::string> payloads;
  for (std::uint64_t at = 1;;) {
    const Json answer = client.TryApi("STREAM.MSG.GET.S", {{"seq", at}, {"next_by_subj", ">"}});
    if (answer.contains("error")) return payloads;
    const Json& message = answer.at("message");
    const std::uint64_t sequence = message.at("seq");
    payloads[sequence] = DecodeBase64(message.at("data"));
    at = sequence + 1;
  }
}

class ExactCutTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    JETKEEP_NEEDS_SERVER(GetParam());
    site_ = std::make_unique<Site>(
        SiteOptions{.server = {.version = GetParam()}, .arguments = {"--retry-attempts", "2"}});
  }

  // The number of backups that reached a cut.
  int RunModel(const Model& model, double rate, int backups = 3) {
    return BackUpWhileWritten(*site_, model, rate, backups);
  }

  std::unique_ptr<Site> site_;
};

TEST_P(ExactCutTest, ABucketOfOneValueEachIsWholeWhileItIsRewritten) {
  EXPECT_EQ(RunModel(Bucket(6000, 1, 100), 200), 3);
  EXPECT_EQ(RunModel(Bucket(1000, 1, 100), 2000), 3);
}

TEST_P(ExactCutTest, ABucketWithHistoryIsWholeWhileItIsRewritten) {
  EXPECT_EQ(RunModel(Bucket(1000, 3, 100), 2000), 3);
}

TEST_P(ExactCutTest, AKeyThatRestsDoesNotHideTheOthers) {
  EXPECT_EQ(RunModel(Bucket(1000, 1, 100, 1), 2000), 3);
}

TEST_P(ExactCutTest, LimitsAndRollupsThatActAtOnceAreOneState) {
  // One subject at its limit: a server before 2.10 holds more than that while it is copied.
  EXPECT_EQ(RunModel(Bucket(1, 600, 100), 1000, 2), 2);
  // It then removes the oldest of all instead of the oldest of the subject.
  if (AtLeast(GetParam(), "2.10")) {
    EXPECT_EQ(RunModel(TwoLimits(300, 4, 1000, 100), 2000, 2), 2);
  }
  EXPECT_EQ(RunModel(Rollups(300, 100), 2000, 2), 2);
}

TEST_P(ExactCutTest, MessagesThatWorkersTakeAtOnceLeaveNoGap) {
  for (const std::string retention : {"workqueue", "interest"}) {
    SCOPED_TRACE(retention);
    Model model;
    model.config = {{"name", "S"}, {"subjects", {"S.>"}}, {"retention", retention}};
    model.message = [](std::uint64_t number) {
      return OutgoingMessage{"S.s", NumberedPayload(number, 200), ""};
    };
    JetStreamClient& client = site_->client();
    client.CreateStream(model.config);
    client.CreateConsumer("S", {{"durable_name", "w"}, {"ack_policy", "explicit"}});
    client.PublishMany(3000, [&](std::uint64_t i) { return model.message(i + 1); });
    struct Made {
      std::string id;
      std::uint64_t acknowledged_before;
      std::uint64_t acknowledged_after;
    };
    std::vector<Made> made;
    {
      Worker worker(site_->server().Url(), "w", 50);
      Writer writer(site_->server().Url(), model, 3001, 500);
      for (int i = 0; i < 3; ++i) {
        std::this_thread::sleep_for(milliseconds(300));
        const std::uint64_t before = worker.acknowledged();
        const Outcome outcome = site_->BackUp("S");
        ASSERT_TRUE(outcome.completed()) << outcome.Text();
        made.push_back({outcome.backup(), before, worker.acknowledged() + 1});
      }
    }
    for (const Made& backup : made) {
      const Json shown = site_->Show(backup.id);
      client.DeleteStream("S");
      const Outcome restored = site_->End(site_->Begin("restore.request", {{"backup", backup.id}}));
      ASSERT_TRUE(restored.completed()) << restored.Text();
      const std::uint64_t newest = shown.at("last_sequence");
      const auto payloads = ReadBySequence(client);
      std::cout << "  cut at " << newest << ", " << payloads.size() << " messages\n";
      // Acknowledged in order: what is left is what follows one message. Servers before 2.12 also
      // keep what was acknowledged while a snapshot was taken.
      const bool keeps = !AtLeast(GetParam(), "2.12");
      const std::uint64_t gone = newest - payloads.size();
      EXPECT_LE(gone, backup.acknowledged_after);
      EXPECT_GE(gone, keeps ? 0 : backup.acknowledged_before);
      std::set<std::uint64_t> live;
      const std::uint64_t from = keeps ? backup.acknowledged_after + 1 : gone + 1;
      for (std::uint64_t i = from; i <= newest; ++i) live.insert(i);
      if (keeps) {
        for (const auto& [sequence, payload] : payloads)
          live.insert(std::min(sequence, newest + 1));
        live.erase(newest + 1);
      }
      ExpectLive(payloads, live, model);
    }
    client.DeleteStream("S");
  }
}

TEST_P(ExactCutTest, AConsumerGetsEachMessageAfterTheCutOnce) {
  Model model;
  model.config = {{"name", "S"}, {"subjects", {"S.>"}}};
  model.message = [](std::uint64_t number) {
    return OutgoingMessage{"S." + std::to_string(number % 3), NumberedPayload(number, 200), ""};
  };
  JetStreamClient& client = site_->client();
  client.CreateStream(model.config);
  client.CreateConsumer("S", {{"durable_name", "all"}, {"ack_policy", "explicit"}});
  client.CreateConsumer(
      "S", {{"durable_name", "third"}, {"ack_policy", "explicit"}, {"filter_subject", "S.0"}});
  client.PublishMany(20000, [&](std::uint64_t i) { return model.message(i + 1); });
  std::string id;
  {
    Worker all(site_->server().Url(), "all", 200);
    Worker third(site_->server().Url(), "third", 200);
    Writer writer(site_->server().Url(), model, 20001, 500);
    while (all.acknowledged() < 20000) std::this_thread::sleep_for(milliseconds(20));
    const Outcome outcome = site_->BackUp("S");
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
    id = outcome.backup();
  }
  const Json shown = site_->Show(id);
  const std::uint64_t newest = shown.at("last_sequence");
  std::cout << "  cut at " << newest << ": " << shown.at("consumer_details").dump() << "\n";
  for (const Json& consumer : shown.at("consumer_details")) {
    EXPECT_LE(consumer.at("delivered").at("stream"), newest) << consumer;
    EXPECT_LE(consumer.at("ack_floor").at("stream"), newest) << consumer;
  }
  client.DeleteStream("S");
  const Outcome restored = site_->End(site_->Begin("restore.request", {{"backup", id}}));
  ASSERT_TRUE(restored.completed()) << restored.Text();
  client.PublishMany(500, [&](std::uint64_t i) { return model.message(newest + 1 + i); });
  for (const std::string consumer : {"all", "third"}) {
    std::map<std::uint64_t, int> delivered;
    while (true) {
      const auto messages = client.Fetch("S", consumer, 500);
      if (messages.empty()) break;
      for (const NatsMessage& message : messages) {
        ++delivered[ParseDelivery(message.reply).stream_sequence];
        client.Publish(message.reply, "+ACK");
      }
    }
    int wrong = 0;
    for (std::uint64_t i = newest + 1; i <= newest + 500; ++i) {
      const int expected = consumer == "all" || i % 3 == 0 ? 1 : 0;
      if (delivered[i] != expected && ++wrong < 5) {
        ADD_FAILURE() << consumer << " got message " << i << " " << delivered[i] << " times";
      }
    }
    EXPECT_EQ(wrong, 0);
  }
}

// Servers from 2.14 on store an atomic batch message by message, and answer in between.
TEST_P(ExactCutTest, AnAtomicBatchIsInsideAsAWholeOrNotAtAll) {
  if (!AtLeast(GetParam(), "2.12")) return;
  constexpr std::uint64_t kBatch = 100;
  Model model;
  model.config = {{"name", "S"}, {"subjects", {"S.>"}}, {"allow_atomic", true}};
  site_->client().CreateStream(model.config);
  model.message = [](std::uint64_t number) {
    const std::uint64_t in_batch = (number - 1) % kBatch + 1;
    std::string headers = "NATS/1.0\r\nNats-Batch-Id: b" + std::to_string((number - 1) / kBatch) +
                          "\r\nNats-Batch-Sequence: " + std::to_string(in_batch) + "\r\n";
    if (in_batch == kBatch) headers += "Nats-Batch-Commit: 1\r\n";
    return OutgoingMessage{"S.s", NumberedPayload(number, 100), headers + "\r\n"};
  };
  Writer writer(site_->server().Url(), model, 1, 5'000);
  for (int i = 0; i < 10; ++i) {
    const Outcome outcome = site_->BackUp("S");
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
    const Json shown = site_->Show(outcome.backup());
    EXPECT_EQ(shown.at("last_sequence").get<std::uint64_t>() % kBatch, 0U) << shown;
    EXPECT_EQ(shown.at("messages").get<std::uint64_t>() % kBatch, 0U) << shown;
  }
}

// What a snapshot and the server's list say of consumers at rest is the same, whatever they are.
TEST_P(ExactCutTest, ConsumersAtRestStandWhereTheSnapshotSays) {
  JetStreamClient& client = site_->client();
  client.CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
  client.PublishMany(100, [](std::uint64_t i) {
    return OutgoingMessage{"S." + std::to_string(i % 3), "v", ""};
  });
  const Json kinds = {
      {{"durable_name", "explicit"}, {"ack_policy", "explicit"}},
      {{"durable_name", "all"}, {"ack_policy", "all"}},
      {{"durable_name", "none"}, {"ack_policy", "none"}},
      {{"durable_name", "filtered"}, {"ack_policy", "explicit"}, {"filter_subject", "S.1"}},
      {{"durable_name", "late"}, {"ack_policy", "explicit"}, {"deliver_policy", "new"}},
      {{"durable_name", "from"},
       {"ack_policy", "explicit"},
       {"deliver_policy", "by_start_sequence"},
       {"opt_start_seq", 50}},
      {{"durable_name", "last"},
       {"ack_policy", "none"},
       {"deliver_policy", "last_per_subject"},
       {"filter_subject", "S.*"}},
      {{"durable_name", "twice"},
       {"ack_policy", "explicit"},
       {"ack_wait", 300'000'000},
       {"max_deliver", 2}},
      {{"durable_name", "untouched"}, {"ack_policy", "explicit"}},
      {{"durable_name", "pushed"}, {"ack_policy", "none"}, {"deliver_subject", "to.nobody"}},
      {{"durable_name", "flowing"},
       {"ack_policy", "explicit"},
       {"deliver_subject", "to.somebody"},
       {"flow_control", true},
       {"idle_heartbeat", 1'000'000'000}},
  };
  const auto heard = client.Subscribe("to.somebody");
  for (const Json& kind : kinds) {
    client.CreateConsumer("S", kind);
    const std::string name = kind.at("durable_name");
    if (kind.contains("deliver_subject") || name == "untouched") continue;
    const auto messages = client.Fetch("S", name, 20);
    if (kind.at("ack_policy") == "none") continue;
    for (std::size_t i = 0; i < messages.size(); i += name == "all" ? 7 : 3) {
      client.Ack(messages[i]);
    }
  }
  for (int i = 0; i < 2; ++i) {
    for (const NatsMessage& message : client.Pull("S", "twice", 20, milliseconds(500))) {
      static_cast<void>(message);
    }
  }
  client.Unsubscribe(heard);
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = site_->BackUp("S");
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
    const Json shown = site_->Show(outcome.backup());
    EXPECT_EQ(shown.at("consumer_details").size(), kinds.size());
    EXPECT_EQ(shown.dump().find("was set back"), std::string::npos) << shown.at("warnings");
    EXPECT_EQ(shown.dump().find("deleted during"), std::string::npos) << shown.at("warnings");
    client.PublishMany(10, [](std::uint64_t) { return OutgoingMessage{"S.1", "v", ""}; });
    client.Fetch("S", "none", 5);
    client.Fetch("S", "filtered", 5);
  }
}

// Requests for messages arrive together with the one for the state, so the way does not count.
TEST(ExactCutOverALongWayTest, ABucketIsWholeAndAHopelessStreamFailsWithFigures) {
  JETKEEP_NEEDS_SERVER("2.12");
  Site site({.server = {.version = "2.12"}, .proxy = true, .arguments = {"--retry-attempts", "1"}});
  site.proxy().ToClient({.delay = milliseconds(20)});
  site.proxy().ToServer({.delay = milliseconds(20)});
  site.proxy().CutAll();
  site.jetkeep().WaitUntilReady();
  EXPECT_EQ(BackUpWhileWritten(site, Bucket(1000, 1, 100), 500, 2), 2);

  // Each value lives for moments, and more come on the way than are asked for at a time.
  const Model model = Bucket(1, 1, 100);
  site.client().CreateStream(model.config);
  site.client().PublishMany(1, [&](std::uint64_t) { return model.message(1); });
  Writer writer(site.server().Url(), model, 2, 40'000);
  std::this_thread::sleep_for(milliseconds(100));
  const Outcome outcome = site.BackUp("S");
  writer.Stop();
  std::cout << "  " << outcome.Text() << "\n";
  EXPECT_EQ(outcome.err_code(), 70535) << outcome.Text();
  EXPECT_NE(outcome.error().find("messages/s"), std::string::npos);
  EXPECT_NE(outcome.error().find("left before they could be read"), std::string::npos);
  for (const Json& backup : site.List("S")) EXPECT_EQ(backup.at("last_sequence") > 1000, true);
}

// By hand, with JETKEEP_RATE=all or a number: up to which rate a cut is reached.
class CutRates : public ExactCutTest {};

std::vector<std::string> MeasuredServers() {
  return std::getenv("JETKEEP_RATE") == nullptr ? std::vector<std::string>{} : AllServerVersions();
}

TEST_P(CutRates, OfWriters) {
  const char* only = std::getenv("JETKEEP_RATE");
  for (const double rate : {2000.0, 10000.0, 20000.0, 40000.0}) {
    if (std::string(only) != "all" && rate != std::stod(only)) continue;
    const int one = RunModel(Bucket(1000, 1, 100), rate, 3);
    const int three = RunModel(Bucket(1000, 3, 100), rate, 3);
    const int limits = RunModel(TwoLimits(100, 50, 1000, 100), rate, 3);
    std::cout << "RATE " << GetParam() << " " << rate << "/s: of 3 backups reached with history 1 "
              << one << ", with history 3 " << three << ", with two limits " << limits << "\n";
  }
}

TEST_P(CutRates, OfWorkers) {
  for (const std::string retention : {"workqueue", "interest"}) {
    for (const double rate : {2000.0, 5000.0, 10000.0, 20000.0}) {
      JetStreamClient& client = site_->client();
      client.CreateStream({{"name", "S"}, {"subjects", {"S.>"}}, {"retention", retention}});
      client.CreateConsumer(
          "S", {{"durable_name", "w"}, {"ack_policy", "explicit"}, {"max_ack_pending", -1}});
      Model model;
      model.message = [](std::uint64_t number) {
        return OutgoingMessage{"S.s", NumberedPayload(number, 200), ""};
      };
      int reached = 0;
      std::uint64_t taken = 0;
      std::uint64_t written = 0;
      {
        std::atomic<bool> stop = false;
        std::thread worker([&] {
          JetStreamClient own(site_->server().Url());
          while (!stop) {
            for (const NatsMessage& message : own.Fetch("S", "w", 200)) {
              own.Publish(message.reply, "+ACK");
              ++taken;
            }
          }
        });
        Writer writer(site_->server().Url(), model, 1, rate);
        std::this_thread::sleep_for(milliseconds(500));
        for (int i = 0; i < 5; ++i) {
          const Outcome outcome = site_->BackUp("S");
          if (outcome.completed())
            ++reached;
          else
            std::cout << "  " << outcome.error() << "\n";
        }
        written = writer.Stop();
        stop = true;
        worker.join();
      }
      std::cout << "RATE " << GetParam() << " " << retention << " " << rate << "/s: " << reached
                << " of 5 backups, " << taken << " of " << written << " taken\n";
      client.DeleteStream("S");
    }
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CutRates);
INSTANTIATE_TEST_SUITE_P(Servers, CutRates, ::testing::ValuesIn(MeasuredServers()), VersionName);
INSTANTIATE_TEST_SUITE_P(Servers, ExactCutTest, ::testing::ValuesIn(AllServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

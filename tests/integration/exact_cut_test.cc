// Streams that are written to while they are backed up: inside a backup is exactly what was live at
// one moment. The judge is a model: one writer numbers its messages, so what is live when number n
// is the newest follows from n alone.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kCutNotReached = 70535;

std::uint64_t Mix(std::uint64_t number) {
  number ^= number >> 33;
  number *= 0xff51afd7ed558ccdU;
  number ^= number >> 33;
  return number;
}

// Which message has which number, and which are live when number n is the newest.
struct Model {
  Json config;
  std::uint64_t fill = 0;  // messages that are there before the first backup
  std::function<OutgoingMessage(std::uint64_t number)> message;
  std::function<std::set<std::uint64_t>(std::uint64_t newest)> live;
};

// Keys of a bucket, each there from the beginning; `cold` of them are never written again.
Model Bucket(std::uint64_t keys, std::uint64_t history, std::size_t bytes, std::uint64_t cold = 0) {
  Model model;
  model.config = {
      {"name", "S"},         {"subjects", {"S.>"}},       {"max_msgs_per_subject", history},
      {"discard", "new"},    {"allow_rollup_hdrs", true}, {"deny_delete", true},
      {"allow_direct", true}};
  model.fill = keys * history;
  const auto key = [=](std::uint64_t number) {
    return number <= keys * history ? (number - 1) % keys : cold + Mix(number) % (keys - cold);
  };
  model.message = [=](std::uint64_t number) {
    return OutgoingMessage{"S." + std::to_string(key(number)), NumberedPayload(number, bytes), ""};
  };
  model.live = [=](std::uint64_t newest) {
    std::map<std::uint64_t, std::uint64_t> seen;
    std::set<std::uint64_t> live;
    for (std::uint64_t number = newest; number > 0; --number) {
      if (seen[key(number)]++ < history) live.insert(number);
    }
    return live;
  };
  return model;
}

// A plain stream with limits for each subject and for all.
Model TwoLimits(std::uint64_t keys, std::uint64_t history, std::uint64_t most, std::size_t bytes) {
  Model model = Bucket(keys, history, bytes);
  model.config["discard"] = "old";
  model.config["max_msgs"] = most;
  model.live = [by_key = model.live, most](std::uint64_t newest) {
    std::set<std::uint64_t> live = by_key(newest);
    while (live.size() > most) live.erase(live.begin());
    return live;
  };
  return model;
}

// A stream without limits in which now and then a message rolls up its subject.
Model Rollups(std::uint64_t keys, std::size_t bytes) {
  Model model;
  model.config = {{"name", "S"}, {"subjects", {"S.>"}}, {"allow_rollup_hdrs", true}};
  model.fill = 4 * keys;
  const auto key = [=](std::uint64_t number) { return Mix(number) % keys; };
  const auto rolls_up = [](std::uint64_t number) { return Mix(number ^ 0x5555) % 4 == 0; };
  model.message = [=](std::uint64_t number) {
    return OutgoingMessage{"S." + std::to_string(key(number)), NumberedPayload(number, bytes),
                           rolls_up(number) ? HeaderBlock({{"Nats-Rollup", "sub"}}) : ""};
  };
  model.live = [=](std::uint64_t newest) {
    std::set<std::uint64_t> rolled_up;
    std::set<std::uint64_t> live;
    for (std::uint64_t number = newest; number > 0; --number) {
      if (rolled_up.contains(key(number))) continue;
      live.insert(number);
      if (rolls_up(number)) rolled_up.insert(key(number));
    }
    return live;
  };
  return model;
}

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

// Takes the messages of a consumer in order and acknowledges each at once.
class Worker {
 public:
  Worker(const std::string& url, const std::string& consumer, std::uint64_t batch)
      : thread_([=, this] {
          JetStreamClient client(url);
          while (!stop_) {
            for (const NatsMessage& message : client.Fetch("S", consumer, batch)) {
              client.Ack(message);
              acknowledged_ = ParseDelivery(message.reply).stream_sequence;
            }
          }
        }) {}
  ~Worker() { Stop(); }
  void Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> acknowledged_ = 0;
  std::thread thread_;
};

// Publishes the model's messages at a steady rate until it is stopped.
class Writer {
 public:
  Writer(const std::string& url, const Model& model, std::uint64_t next, double rate)
      : thread_([=, this] {
          NatsClient client(url);
          const auto began = Clock::now();
          std::uint64_t number = next;
          while (!stop_) {
            const double due = std::chrono::duration<double>(Clock::now() - began).count() * rate;
            for (; static_cast<double>(number - next) < due; ++number) {
              const OutgoingMessage message = model.message(number);
              client.Publish(message.subject, message.payload, message.headers);
            }
            client.Flush();
            std::this_thread::sleep_for(milliseconds(1));
          }
          seconds_ = std::chrono::duration<double>(Clock::now() - began).count();
          next_ = number;
        }) {}
  ~Writer() { Stop(); }
  // The number that would have come next.
  std::uint64_t Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return next_;
  }
  double seconds() const { return seconds_; }

 private:
  std::atomic<bool> stop_ = false;
  std::uint64_t next_ = 0;
  double seconds_ = 0;
  std::thread thread_;
};

// Sequences and payloads of a stream of numbered messages, against the model.
void ExpectLive(const std::map<std::uint64_t, std::string>& payloads,
                const std::set<std::uint64_t>& live, const Model& model) {
  std::set<std::uint64_t> there;
  for (const auto& [sequence, payload] : payloads) {
    there.insert(sequence);
    if (payload != model.message(sequence).payload) {
      ADD_FAILURE() << "message " << sequence << " is another one";
      return;
    }
  }
  std::vector<std::uint64_t> lacks;
  std::vector<std::uint64_t> too_many;
  std::set_difference(live.begin(), live.end(), there.begin(), there.end(),
                      std::back_inserter(lacks));
  std::set_difference(there.begin(), there.end(), live.begin(), live.end(),
                      std::back_inserter(too_many));
  EXPECT_TRUE(lacks.empty()) << lacks.size() << " messages are missing, the first is "
                             << lacks.front();
  EXPECT_TRUE(too_many.empty()) << too_many.size() << " messages were not live, the first is "
                                << too_many.front();
}

class ExactCutTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    JETKEEP_NEEDS_SERVER(GetParam());
    site_ = std::make_unique<Site>(
        SiteOptions{.server = {.version = GetParam()}, .arguments = {"--retry-attempts", "2"}});
  }

  // Backs the model's stream up several times while it is written to, and restores each backup.
  // The number of backups that reached a cut.
  int RunModel(const Model& model, double rate, int backups = 3) {
    site_->client().CreateStream(model.config);
    site_->client().PublishMany(model.fill, [&](std::uint64_t i) { return model.message(i + 1); });
    std::vector<std::string> made;
    {
      Writer writer(site_->server().Url(), model, model.fill + 1, rate);
      for (int i = 0; i < backups; ++i) {
        std::this_thread::sleep_for(milliseconds(100));
        const Outcome outcome = site_->BackUp("S");
        if (outcome.completed()) {
          made.push_back(outcome.backup());
        } else {
          EXPECT_EQ(outcome.err_code(), kCutNotReached) << outcome.Text();
          std::cout << "  " << outcome.error() << "\n";
        }
      }
      const std::uint64_t next = writer.Stop();
      const Json info = site_->client().StreamInfo("S");
      EXPECT_EQ(info.at("state").at("last_seq"), next - 1) << "the model lost count";
      std::cout << "  " << static_cast<double>(next - model.fill) / writer.seconds()
                << " messages/s, deleted at the end " << info.at("state").value("num_deleted", 0)
                << "\n";
    }
    for (const std::string& id : made) {
      SCOPED_TRACE(id);
      const Json shown = site_->Show(id);
      EXPECT_EQ(shown.at("condition"), "complete");
      site_->client().DeleteStream("S");
      const Outcome restored = site_->End(site_->Begin("restore.request", {{"backup", id}}));
      EXPECT_TRUE(restored.completed()) << restored.Text();
      if (!restored.completed()) continue;
      const std::uint64_t newest = shown.at("last_sequence");
      std::cout << "  cut at " << newest << ", " << shown.at("messages") << " messages\n";
      ExpectLive(ReadPayloads(site_->client(), "S"), model.live(newest), model);
    }
    site_->client().DeleteStreamIfThere("S");
    return static_cast<int>(made.size());
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

INSTANTIATE_TEST_SUITE_P(Servers, ExactCutTest, ::testing::ValuesIn(AllServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

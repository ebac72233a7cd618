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

INSTANTIATE_TEST_SUITE_P(Servers, ExactCutTest, ::testing::ValuesIn(AllServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

#include "tests/integration/numbered_stream.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/jetstream_client.h"

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

std::uint64_t LastSequence(JetStreamClient& client) {
  const Json answer = client.TryApi("STREAM.INFO.S");
  return answer.contains("error") ? 0 : answer.at("state").at("last_seq").get<std::uint64_t>();
}

// A server that is slower than the writer would queue without end what the stream has yet to take,
// and a snapshot's chunks wait behind that.
void LetTheStreamCatchUp(JetStreamClient& client, std::uint64_t up_to,
                         const std::atomic<bool>& stop) {
  constexpr auto kPatience = std::chrono::seconds(2);
  std::uint64_t last = LastSequence(client);
  auto grew = Clock::now();
  while (!stop && last < up_to && Clock::now() - grew < kPatience) {
    std::this_thread::sleep_for(milliseconds(2));
    const std::uint64_t now = LastSequence(client);
    if (now != last) grew = Clock::now();
    last = now;
  }
}

}  // namespace

Model Bucket(std::uint64_t keys, std::uint64_t history, std::size_t bytes, std::uint64_t cold) {
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

Worker::Worker(const std::string& url, const std::string& consumer, std::uint64_t batch)
    : thread_([=, this] {
        JetStreamClient client(url);
        while (!stop_) {
          for (const NatsMessage& message : client.Fetch("S", consumer, batch)) {
            client.Ack(message);
            acknowledged_ = ParseDelivery(message.reply).stream_sequence;
          }
        }
      }) {}

void Worker::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Writer::Run(const std::string& url, const Model& model, std::uint64_t next, double rate) {
  JetStreamClient client(url);
  const auto began = Clock::now();
  const std::uint64_t most_ahead =
      std::max<std::uint64_t>(1000, static_cast<std::uint64_t>(rate) / 4);
  std::uint64_t number = next;
  std::uint64_t looked = next;
  while (!stop_) {
    if (number - looked >= most_ahead) {
      LetTheStreamCatchUp(client, looked, stop_);
      looked = number;
    }
    const double due = std::chrono::duration<double>(Clock::now() - began).count() * rate;
    for (; static_cast<double>(number - next) < due && number - looked < most_ahead; ++number) {
      const OutgoingMessage message = model.message(number);
      client.Publish(message.subject, message.payload, message.headers);
    }
    client.Flush();
    std::this_thread::sleep_for(milliseconds(1));
  }
  seconds_ = std::chrono::duration<double>(Clock::now() - began).count();
  next_ = number;
}

Writer::Writer(const std::string& url, const Model& model, std::uint64_t next, double rate)
    : thread_([=, this] { Run(url, model, next, rate); }) {}

std::uint64_t Writer::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  return next_;
}

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

int BackUpWhileWritten(Site& site, const Model& model, double rate, int backups) {
  site.client().CreateStream(model.config);
  site.client().PublishMany(model.fill, [&](std::uint64_t i) { return model.message(i + 1); });
  std::vector<std::string> made;
  {
    Writer writer(site.server().Url(), model, model.fill + 1, rate);
    for (int i = 0; i < backups; ++i) {
      std::this_thread::sleep_for(milliseconds(100));
      const auto began = Clock::now();
      const Outcome outcome = site.BackUp("S");
      std::cout << "  " << std::chrono::duration<double>(Clock::now() - began).count()
                << " s, attempts " << outcome.attempts() << "\n";
      if (outcome.completed()) {
        made.push_back(outcome.backup());
      } else {
        EXPECT_EQ(outcome.err_code(), kCutNotReached) << outcome.Text();
        std::cout << "  " << outcome.error() << "\n";
      }
    }
    const std::uint64_t next = writer.Stop();
    const Json info = site.client().StreamInfo("S");
    EXPECT_EQ(info.at("state").at("last_seq"), next - 1) << "the model lost count";
    std::cout << "  " << static_cast<double>(next - model.fill) / writer.seconds()
              << " messages/s, deleted at the end " << info.at("state").value("num_deleted", 0)
              << "\n";
  }
  for (const std::string& id : made) {
    SCOPED_TRACE(id);
    const Json shown = site.Show(id);
    EXPECT_EQ(shown.at("condition"), "complete");
    site.client().DeleteStream("S");
    const Outcome restored = site.End(site.Begin("restore.request", {{"backup", id}}));
    EXPECT_TRUE(restored.completed()) << restored.Text();
    if (!restored.completed()) continue;
    const std::uint64_t newest = shown.at("last_sequence");
    std::cout << "  cut at " << newest << ", " << shown.at("messages") << " messages\n";
    ExpectLive(ReadPayloads(site.client(), "S"), model.live(newest), model);
  }
  site.client().DeleteStreamIfThere("S");
  return static_cast<int>(made.size());
}

}  // namespace jetkeep::testing

#include "tests/integration/living_scene.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kCutNotReached = 70535;
constexpr int kNoAnswerInTime = 70521;
constexpr int kNoSuitablePeers = 10005;  // of the server
constexpr std::size_t kFirstLines = 6;

void Problem(const std::string& what) { ADD_FAILURE() << what; }

std::string ShortError(const Json& answer) { return answer.dump().substr(0, 500); }

}  // namespace

std::string LivingCounts::Text() const {
  std::ostringstream text;
  text << "backups tried " << tried << ", complete " << complete << ", not exact " << not_exact
       << ", not restored " << not_restored << ", with wrong consumers " << consumers_wrong
       << ", failed as not reached " << not_reached << ", interrupted by a kill " << interrupted
       << ", failed otherwise " << failed << "; drills " << drills << ", failed " << drills_failed;
  return text.str();
}

void LivingScene::Place::Start(const std::string& version, bool clustered) {
  const NatsServerOptions options{.version = version};
  if (clustered) {
    cluster = std::make_unique<NatsCluster>(options);
    // A young cluster finds no peers for a stream.
    JetStreamClient client(Url());
    client.CreateStream({{"name", "FIRST"}, {"subjects", {"first"}}, {"num_replicas", 3}});
    client.DeleteStream("FIRST");
  } else {
    alone = std::make_unique<NatsServer>(options);
  }
}

LivingScene::LivingScene(LivingSceneOptions options, LivingCounts& counts)
    : options_(std::move(options)), counts_(counts), repository_("living") {
  live_.Start(options_.version, options_.clustered);
  quiet_.Start(JudgeVersion(), options_.clustered);
  services_[1].prefix = "b";
  for (auto& service : services_) StartService(service);
  judge_ = std::make_unique<JetkeepProcess>(JetkeepOptions{
      .server_url = quiet_.Url(), .repository = repository_.path(), .prefix = "judge"});
  std::uint64_t seed = options_.seed;
  for (LivingPlan plan : LivingPlans()) {
    const auto& wanted = options_.streams;
    if (std::find(wanted.begin(), wanted.end(), plan.name) == wanted.end()) continue;
    if (!CanLive(plan)) continue;
    // There a purge makes consumers forget what they wait for, and after purges of subjects a
    // rollup of all removes its own message now and then (1 of 2,000, also without backups).
    if (!AtLeast(options_.version, "2.10")) plan.purges = 0;
    streams_.push_back(
        std::make_unique<LivingStream>(plan, live_.Url(), options_.clustered ? 3 : 1, ++seed));
  }
}

LivingScene::~LivingScene() = default;

bool LivingScene::CanLive(const LivingPlan& plan) const {
  if (!AtLeast(options_.version, plan.since)) return false;
  // There a server keeps a message now and then that all consumers have acknowledged, for good: its
  // own files still hold it.
  const bool interest = plan.config.value("retention", "limits") == "interest";
  if (interest && !AtLeast(options_.version, "2.10")) return false;
  if (plan.config.value("storage", "file") != "memory") return true;
  // Only servers from 2.15 restore into memory. Of a cluster that loses one node after another, a
  // stream in memory may lose what only the nodes before had.
  return AtLeast(JudgeVersion(), "2.15") && !options_.clustered;
}

void LivingScene::StartService(Service& service) const {
  if (service.process) {
    service.process->Start();
    return;
  }
  service.process = std::make_unique<JetkeepProcess>(
      JetkeepOptions{.server_url = live_.Url(),
                     .repository = repository_.path(),
                     .arguments = {"--retry-first-delay", "100ms", "--retry-max-delay", "1s"},
                     .prefix = service.prefix});
}

void LivingScene::Play() {
  began_ = Clock::now();
  for (auto& stream : streams_) stream->Start();
  std::vector<std::thread> drivers;
  for (auto& service : services_) {
    drivers.emplace_back([this, &service] {
      try {
        Drive(service, options_.seed + static_cast<std::uint64_t>(&service - services_));
      } catch (const std::exception& error) {
        Problem(std::string("a driver ended: ") + error.what());
      }
    });
  }
  std::mt19937_64 random(options_.seed);
  const auto end = Clock::now() + options_.duration;
  try {
    while (Clock::now() < end) {
      std::this_thread::sleep_for(std::min<Clock::duration>(
          milliseconds(1500 + random() % 2000), std::max(end - Clock::now(), Clock::duration())));
      if (Clock::now() < end) Trouble(random);
    }
  } catch (const std::exception& error) {
    Problem(error.what());
  }
  over_ = true;
  for (auto& driver : drivers) driver.join();
  try {
    End();
  } catch (const std::exception& error) {
    Problem(std::string("the end: ") + error.what());
  }
}

void LivingScene::End() {
  for (auto& stream : streams_) {
    try {
      stream->Stop();
    } catch (const std::exception& error) {
      Problem(error.what());
    }
  }
  JetStreamClient client(live_.Url());
  for (auto& stream : streams_) {
    for (const auto& line : stream->CheckModel(client, LateLimits())) {
      Problem(stream->name() + ": the model is wrong: " + line);
    }
  }
  JudgeTheRest();
}

// One thing that goes wrong.
void LivingScene::Trouble(std::mt19937_64& random) {
  if (live_.cluster && random() % 2 == 0) {
    LoseANode(random);
    return;
  }
  if (random() % 2 == 0) return;
  Service& service = services_[random() % 2];
  ++service.kills;
  service.process->Kill();
  ++service.kills;  // for a request that came after the first and before the kill
  StartService(service);
}

void LivingScene::LoseANode(std::mt19937_64& random) {
  if (random() % 2 == 0) {
    JetStreamClient client(live_.Url());
    const auto& stream = streams_[random() % streams_.size()];
    try {
      client.TryApi("STREAM.LEADER.STEPDOWN." + stream->name());
    } catch (const std::runtime_error&) {
      // It has none just now.
    }
    return;
  }
  NatsServer& node = live_.cluster->node(1 + random() % 2);
  node.Kill();
  std::this_thread::sleep_for(milliseconds(random() % 2500));
  node.Start();
}

LivingStream* LivingScene::Choose(std::mt19937_64& random) {
  for (int i = 0; i < 100; ++i) {
    LivingStream& stream = *streams_[random() % streams_.size()];
    if (stream.judge().try_lock()) return &stream;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return nullptr;
}

void LivingScene::Drive(Service& service, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  JetStreamClient client(live_.Url());
  for (std::uint64_t number = 1; !over_; ++number) {
    LivingStream* stream = Choose(random);
    if (stream == nullptr) continue;
    const std::lock_guard lock(stream->judge(), std::adopt_lock);
    const std::string job = "j" + std::to_string(random());
    try {
      // A drill needs a server that can restore the stream.
      const bool drill = random() % 8 == 0 && JudgeVersion() == options_.version;
      BackUpOne(client, service, *stream, job, drill);
    } catch (const std::runtime_error& error) {
      Problem(stream->name() + ": " + error.what());
    }
  }
}

void LivingScene::BackUpOne(JetStreamClient& client, Service& service, LivingStream& stream,
                            const std::string& job, bool drill) {
  const std::string prefix = service.prefix.empty() ? "" : service.prefix + ".";
  const int kills = service.kills;
  // The answer of a service that is killed never comes.
  const auto ask = [&](const std::string& subject, Json body) -> std::optional<Json> {
    body["wait"] = true;
    const std::string inbox = client.NewInbox();
    const auto answers = client.Subscribe(inbox);
    client.Publish(prefix + subject, body.dump(), {}, inbox);
    std::optional<Json> answer;
    for (const auto deadline = Clock::now() + seconds(120); Clock::now() < deadline;) {
      const auto message = client.Next(answers, milliseconds(250));
      if (message) {
        answer = message->Status() == 503 ? Json{{"error", "503"}} : message->Json();
        break;
      }
      if (service.kills != kills) break;
    }
    client.Unsubscribe(answers);
    return answer;
  };
  Backup backup{{}, Clock::now(), {}};
  ++counts_.tried;
  const auto answer = ask("backup.request", {{"stream", stream.name()}, {"job", job}});
  backup.ended = Clock::now();
  if (!answer && service.kills == kills) {
    Problem(stream.name() + ": no answer in two minutes");
    return;
  }
  if (!answer) {
    ++counts_.interrupted;
    return;
  }
  if (answer->value("error", Json()) == "503") {  // it is not back yet
    --counts_.tried;
    std::this_thread::sleep_for(milliseconds(100));
    return;
  }
  if (answer->contains("error")) {
    const bool not_reached = answer->at("error").value("err_code", 0) == kCutNotReached;
    ++(not_reached ? counts_.not_reached : counts_.failed);
    std::cout << "  " << options_.version << " " << stream.name() << ": " << ShortError(*answer)
              << "\n";
    return;
  }
  backup.id = answer->at("result").at("id").get<std::string>();
  ++counts_.complete;
  Judge(*std::make_unique<JetStreamClient>(quiet_.Url()), stream, backup);
  if (!drill) return;
  const auto drilled = ask("backup.verify", {{"backup", backup.id}, {"drill", true}});
  // A cluster without a leader does not answer: nothing is known of the backup then.
  if (drilled && drilled->contains("error") && drilled->at("error").is_object() &&
      drilled->at("error").value("err_code", 0) == kNoAnswerInTime) {
    return;
  }
  ++counts_.drills;
  if (drilled && drilled->value("error", Json()) != "503" &&
      (drilled->contains("error") || drilled->dump().find("damaged\":[{") != std::string::npos)) {
    ++counts_.drills_failed;
    std::cout << "  drill of " << stream.name() << ": " << ShortError(*drilled) << "\n";
  }
}

void LivingScene::Judge(JetStreamClient& client, LivingStream& stream, const Backup& backup) {
  {
    const std::lock_guard lock(mutex_);
    judged_.insert(backup.id);
  }
  const std::string what = "seed " + std::to_string(options_.seed) + ", " + options_.version +
                           (live_.cluster ? " cluster" : "") + ", " + stream.name() + ", backup " +
                           backup.id;
  stream.Settle();
  client.DeleteStreamIfThere(stream.name());
  // On a busy machine a cluster takes one of its nodes for offline for a moment.
  Json restored;
  for (const auto deadline = Clock::now() + seconds(60);;) {
    restored =
        Ask(client, "judge.restore.request", {{"backup", backup.id}, {"wait", true}}, seconds(120));
    const bool no_peers = restored.contains("error") && restored.at("error").is_object() &&
                          restored.at("error").value("server_err_code", 0) == kNoSuitablePeers;
    if (!no_peers || Clock::now() > deadline) break;
    std::this_thread::sleep_for(milliseconds(500));
  }
  if (restored.contains("error")) {
    ++counts_.not_restored;
    Problem(what + " is not restored: " + ShortError(restored));
    return;
  }
  const StreamDump dump = DumpStream(client, stream.name());
  StreamModel::Candidate candidate{.last = dump.state.at("last_seq").get<std::uint64_t>(),
                                   .begun = backup.begun,
                                   .ended = backup.ended,
                                   .seen = Clock::now(),
                                   .slack = seconds(live_.cluster ? 5 : 1),
                                   .late_limits = LateLimits()};
  for (const auto& message : dump.messages) {
    candidate.messages.emplace_back(message.sequence, message.content);
  }
  const auto lines = stream.model().Judge(candidate);
  if (!lines.empty()) {
    ++counts_.not_exact;
    std::string text = what + ", last sequence " + std::to_string(candidate.last) + ", " +
                       std::to_string(candidate.messages.size()) + " messages, is not exact:";
    for (std::size_t i = 0; i < std::min(lines.size(), kFirstLines); ++i)
      text += "\n    " + lines[i];
    // Tells a backup that lost something from a server that did.
    JetStreamClient live(live_.Url());
    for (const auto& line : stream.CheckModel(live, LateLimits())) {
      text += "\n    the stream itself by now: " + line;
    }
    Problem(text);
  } else if (stream.plan().consumers > 0) {
    JudgeConsumers(client, stream, backup, candidate);
  }
  client.DeleteStreamIfThere(stream.name());
}

// Each consumer is no further than the stream, gets again what it had not acknowledged, and every
// new message exactly once.
void LivingScene::JudgeConsumers(JetStreamClient& client, LivingStream& stream,
                                 const Backup& backup, const StreamModel::Candidate& candidate) {
  constexpr std::uint64_t kNew = 500;
  std::string wrong;
  for (std::size_t i = 0; i < stream.plan().consumers; ++i) {
    const Json info = client.ConsumerInfo(stream.name(), LivingStream::ConsumerName(i));
    const auto delivered = info.at("delivered").at("stream_seq").get<std::uint64_t>();
    const auto floor = info.at("ack_floor").at("stream_seq").get<std::uint64_t>();
    if (delivered > candidate.last || floor > delivered) {
      wrong += "\n    consumer " + std::to_string(i) + ": delivered " + std::to_string(delivered) +
               ", floor " + std::to_string(floor) + ", the stream ends at " +
               std::to_string(candidate.last);
    }
  }
  for (std::uint64_t i = 0; i < kNew; ++i) {
    const LivingMessage message = stream.NextMessage();
    client.PublishAcked(message.subject, message.payload);
  }
  for (std::size_t i = 0; i < stream.plan().consumers; ++i) {
    std::set<std::uint64_t> missing;
    for (const auto sequence : stream.model().Unacknowledged(i, candidate))
      missing.insert(sequence);
    for (std::uint64_t n = 1; n <= kNew; ++n) missing.insert(candidate.last + n);
    std::map<std::uint64_t, int> times;
    // What was pending comes again after its time, and once all is there the next fetch is empty.
    for (auto idle = Clock::now(); Clock::now() - idle < seconds(10);) {
      const auto messages =
          client.Pull(stream.name(), LivingStream::ConsumerName(i), 500, milliseconds(500));
      for (const auto& message : messages) {
        const std::uint64_t sequence = ParseDelivery(message.reply).stream_sequence;
        client.Publish(message.reply, "+ACK");
        ++times[sequence];
        missing.erase(sequence);
        idle = Clock::now();
      }
      if (messages.empty() && missing.empty()) break;
    }
    if (!missing.empty()) {
      wrong += "\n    consumer " + std::to_string(i) + " never gets " +
               std::to_string(missing.size()) + " messages, the first " +
               std::to_string(*missing.begin()) + ", the last " +
               std::to_string(*missing.rbegin()) + "; it is " +
               client.ConsumerInfo(stream.name(), LivingStream::ConsumerName(i)).dump();
    }
    std::size_t twice = 0;
    for (const auto& [sequence, count] : times) {
      if (sequence > candidate.last && count > 1) ++twice;
    }
    if (twice > 0) {
      wrong += "\n    consumer " + std::to_string(i) + " gets " + std::to_string(twice) +
               " new messages more than once";
    }
  }
  if (wrong.empty()) return;
  ++counts_.consumers_wrong;
  Problem("seed " + std::to_string(options_.seed) + ", " + options_.version + ", " + stream.name() +
          ", backup " + backup.id + ", last sequence " + std::to_string(candidate.last) + ":" +
          wrong);
}

// Those whose answer was lost with their service are as complete as others.
void LivingScene::JudgeTheRest() {
  JetStreamClient client(quiet_.Url());
  for (auto& stream : streams_) {
    const Json answer =
        Ask(client, "judge.backup.list", {{"stream", stream->name()}, {"limit", 1000}});
    if (answer.contains("error")) {
      Problem("list: " + ShortError(answer));
      continue;
    }
    for (const Json& backup : answer.at("backups")) {
      const auto id = backup.at("id").get<std::string>();
      if (backup.at("condition") != "complete" || judged_.count(id) != 0) continue;
      ++counts_.complete;
      Judge(client, *stream, {id, began_, Clock::now()});
    }
  }
}

}  // namespace jetkeep::testing

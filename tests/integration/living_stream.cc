#include "tests/integration/living_stream.h"

#include <algorithm>
#include <stdexcept>

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kBurst = milliseconds(20);

}  // namespace

const std::vector<LivingPlan>& LivingPlans() {
  static const Json kBucket{{"max_msgs_per_subject", 1},
                            {"allow_rollup_hdrs", true},
                            {"allow_direct", true},
                            {"discard", "new"}};
  static const auto history = [](int values) {
    Json config = kBucket;
    config["max_msgs_per_subject"] = values;
    return config;
  };
  static const Json kMemory = [] {
    Json config = history(2);
    config["storage"] = "memory";
    return config;
  }();
  static const std::vector<LivingPlan> plans{
      {.name = "KV_hot",
       .config = history(1),
       .rules = {.max_per_subject = 1},
       .subjects = 1000,
       .first_messages = 1000,
       .writers = 2,
       .rate = 1000},
      {.name = "KV_wide",
       .config = history(1),
       .rules = {.max_per_subject = 1},
       .subjects = 6000,
       .first_messages = 6000,
       .rate = 300},
      {.name = "KV_history",
       .config = history(3),
       .rules = {.max_per_subject = 3},
       .subjects = 1500,
       .first_messages = 4500,
       .rate = 500,
       .rollups = 20},
      {.name = "ROLLED",
       .config = {{"allow_rollup_hdrs", true}},
       .subjects = 200,
       .first_messages = 2000,
       .rate = 300,
       .rollups = 60,
       .rollups_of_all = 1,
       .purges = 20},
      {.name = "COUNTED",
       .config = {{"max_msgs", 3000}},
       .rules = {.max_messages = 3000},
       .first_messages = 3000,
       .rate = 500},
      {.name = "SIZED",
       .config = {{"max_bytes", 600'000}},
       .rules = {.max_bytes = 600'000},
       .first_messages = 3000,
       .rate = 500},
      {.name = "LIMITED",
       .config = {{"max_msgs", 1500}, {"max_msgs_per_subject", 12}, {"max_bytes", 400'000}},
       .rules = {.max_messages = 1500, .max_bytes = 400'000, .max_per_subject = 12},
       .since = "2.10",  // 2.9 is late with one limit, and so early with another
       .subjects = 150,
       .first_messages = 2000,
       .rate = 500,
       .deletes = 5},
      {.name = "REFUSING",
       .config = {{"max_msgs_per_subject", 2},
                  {"discard", "new"},
                  {"discard_new_per_subject", true}},
       .subjects = 500,
       .first_messages = 700,
       .rate = 200,
       .deletes = 60},
      {.name = "PLAIN",
       .subjects = 50,
       .first_messages = 3000,
       .rate = 300,
       .consumers = 2,
       .deletes = 20,
       .purges = 12},
      {.name = "KV_memory",
       .config = kMemory,
       .rules = {.max_per_subject = 2},
       .subjects = 1000,
       .first_messages = 2000,
       .rate = 500},
      {.name = "MEMORY",
       .config = {{"storage", "memory"}},
       .subjects = 50,
       .first_messages = 3000,
       .rate = 300,
       .consumers = 2,
       .deletes = 20},
      {.name = "WORK_memory",
       .config = {{"retention", "workqueue"}, {"storage", "memory"}},
       .first_messages = 500,
       .rate = 400,
       .consumers = 1,
       .acknowledged_go = true},
      {.name = "WORK",
       .config = {{"retention", "workqueue"}},
       .first_messages = 500,
       .rate = 400,
       .consumers = 1,
       .acknowledged_go = true},
      {.name = "INTEREST",
       .config = {{"retention", "interest"}},
       .first_messages = 500,
       .rate = 400,
       .consumers = 2,
       .acknowledged_go = true},
      {.name = "EXPIRING",
       .config = {{"allow_msg_ttl", true}},
       .since = "2.11",
       .subjects = 300,
       .first_messages = 2000,
       .rate = 300,
       .time_to_live = 300},
  };
  return plans;
}

LivingStream::LivingStream(const LivingPlan& plan, std::string url, int replicas,
                           std::uint64_t seed)
    : plan_(plan),
      url_(std::move(url)),
      replicas_(replicas),
      seed_(seed),
      model_(plan.rules, plan.consumers, plan.acknowledged_go) {}

LivingStream::~LivingStream() {
  stop_ = true;
  gate_moved_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

LivingMessage LivingStream::Make(std::mt19937_64& random, std::uint64_t number) {
  const std::uint64_t subject =
      number <= plan_.subjects ? number - 1 : random() % std::max<std::size_t>(plan_.subjects, 1);
  LivingMessage message{plan_.name + ".k" + std::to_string(subject),
                        std::to_string(number) + "|" + std::to_string(random()) + "|"};
  message.payload.resize(plan_.payload_bytes / 2 + random() % (plan_.payload_bytes + 1), 'p');
  const std::uint64_t dice = random() % 1000;
  if (dice < plan_.rollups_of_all) {
    message.rollup = StreamModel::Rollup::kAll;
  } else if (dice < plan_.rollups + plan_.rollups_of_all) {
    message.rollup = StreamModel::Rollup::kSubject;
  } else if (dice < plan_.time_to_live) {
    message.time_to_live = seconds(1 + random() % 5);
  }
  return message;
}

LivingMessage LivingStream::NextMessage() {
  std::mt19937_64 random(seed_ + numbers_);
  return Make(random, ++numbers_);
}

void LivingStream::Start() {
  JetStreamClient client(url_);
  Json config{{"name", plan_.name}, {"subjects", {plan_.name + ".>"}}, {"num_replicas", replicas_}};
  config.update(plan_.config);
  client.CreateStream(config);
  for (std::size_t i = 0; i < plan_.consumers; ++i) {
    client.CreateConsumer(plan_.name, {{"durable_name", ConsumerName(i)},
                                       {"ack_policy", "explicit"},
                                       {"ack_wait", 1'500'000'000},
                                       {"max_ack_pending", 5000}});
  }
  AckPublisher publisher(url_, plan_.name + "-first-", model_);
  std::mt19937_64 random(seed_);
  for (std::size_t i = 0; i < plan_.first_messages; ++i) {
    LivingMessage message = Make(random, ++numbers_);
    message.rollup = StreamModel::Rollup::kNone;
    publisher.Send(message);
    if (i % 200 == 0) publisher.Drain();
  }
  publisher.Drain();
  model_.Settle();
  for (std::size_t i = 0; i < plan_.writers; ++i) {
    threads_.emplace_back([this, i] { Run([this, i] { Write(i); }); });
  }
  for (std::size_t i = 0; i < plan_.consumers; ++i) {
    threads_.emplace_back([this, i] { Run([this, i] { Consume(i); }); });
  }
}

void LivingStream::Run(const std::function<void()>& body) {
  try {
    body();
  } catch (const std::exception& error) {
    const std::lock_guard lock(failure_mutex_);
    failure_ += plan_.name + ": " + error.what() + "\n";
  }
}

void LivingStream::Stop() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  model_.Settle();
  if (!failure_.empty()) throw std::runtime_error(failure_);
}

void LivingStream::Write(std::size_t writer) {
  std::mt19937_64 random(seed_ * 31 + writer);
  AckPublisher publisher(url_, plan_.name + "-" + std::to_string(writer) + "-", model_);
  JetStreamClient client(url_);
  const std::size_t each = std::max<std::size_t>(plan_.rate * kBurst.count() / 1000, 1);
  for (auto next = Clock::now(); !stop_; next += kBurst) {
    {
      std::unique_lock lock(gate_);
      gate_moved_.wait(lock, [this] { return wants_quiet_ == 0; });
      ++writing_;
    }
    for (std::size_t i = 0; i < each; ++i) publisher.Send(Make(random, ++numbers_));
    publisher.Drain();
    {
      const std::lock_guard lock(gate_);
      --writing_;
    }
    gate_moved_.notify_all();
    if (writer == 0) RemoveSome(client, random);
    next = std::max(next, Clock::now() - kBurst);
    std::this_thread::sleep_until(next + kBurst);
  }
}

void LivingStream::Quietly(const std::function<void()>& what) {
  std::unique_lock lock(gate_);
  ++wants_quiet_;
  gate_moved_.wait(lock, [this] { return writing_ == 0; });
  model_.Settle();
  what();
  --wants_quiet_;
  lock.unlock();
  gate_moved_.notify_all();
}

void LivingStream::Settle() {
  Quietly([] {});
}

void LivingStream::RemoveSome(JetStreamClient& client, std::mt19937_64& random) {
  const auto chance = [&](double a_second) {
    return static_cast<double>(random() % 1'000'000) <
           1e6 * a_second * static_cast<double>(kBurst.count()) / 1000;
  };
  // Repeated until a leader answers.
  const auto until_answered = [&](const std::string& request, const Json& body) {
    for (const auto deadline = Clock::now() + seconds(60); Clock::now() < deadline;) {
      try {
        Json answer = client.TryApi(request, body, seconds(3));
        const bool away = answer.contains("error") && answer["error"].value("code", 0) == 503;
        if (!away) return answer;
      } catch (const std::runtime_error&) {
        std::this_thread::sleep_for(milliseconds(50));
      }
    }
    throw std::runtime_error(request + " is not answered");
  };
  // More than one in a burst where more than a burst's worth is asked for.
  for (double left = plan_.deletes; left > 0; left -= 50) {
    if (!chance(std::min(left, 50.0))) continue;
    Quietly([&] {
      const auto chosen = model_.LiveNear(random() % (model_.last() + 1));
      if (!chosen) return;
      const auto asked = Clock::now();
      until_answered("STREAM.MSG.DELETE." + plan_.name,
                     {{"seq", *chosen}, {"no_erase", random() % 2 == 0}});
      // During a snapshot old servers delete nothing, and some of a cluster say that they did.
      const auto answered = Clock::now();
      const Json found = until_answered("STREAM.MSG.GET." + plan_.name, {{"seq", *chosen}});
      if (found.contains("error")) model_.Delete(*chosen, asked, answered);
    });
  }
  if (!chance(plan_.purges / 60.0)) return;
  Quietly([&] {
    PurgeRequest purge;
    Json body = Json::object();
    const std::uint64_t kind = random() % 3;
    if (kind != 0) {
      purge.subject = plan_.name + ".k" + std::to_string(random() % plan_.subjects);
      body["filter"] = purge.subject;
    }
    if (kind == 2) {
      purge.keep = 2;
      body["keep"] = purge.keep;
    } else {
      // About an eighth of what is there.
      const std::uint64_t first = model_.LiveNear(1).value_or(1);
      purge.before = first + (model_.last() + 1 - first) / 8;
      body["seq"] = purge.before;
    }
    const auto asked = Clock::now();
    const Json answer = until_answered("STREAM.PURGE." + plan_.name, body);
    if (answer.contains("error")) return;
    model_.Purge(purge, asked, Clock::now());
  });
}

void LivingStream::Consume(std::size_t consumer) {
  std::mt19937_64 random(seed_ * 77 + consumer);
  std::unique_ptr<JetStreamClient> client;
  while (!stop_) {
    try {
      if (!client) client = std::make_unique<JetStreamClient>(url_);
      ConsumeBatch(*client, consumer, random);
    } catch (const std::runtime_error&) {
      client.reset();  // its server or leader is away
      std::this_thread::sleep_for(milliseconds(50));
    }
    // Sometimes it stays behind for a moment, mostly it acknowledges at once.
    std::this_thread::sleep_for(milliseconds(random() % 50 == 0 ? random() % 600 : 5));
  }
}

void LivingStream::ConsumeBatch(JetStreamClient& client, std::size_t consumer,
                                std::mt19937_64& random) {
  const auto messages = client.Fetch(plan_.name, ConsumerName(consumer), 50, seconds(2));
  const std::string inbox = client.NewInbox() + ".";
  const auto answers = client.Subscribe(inbox + "*");
  std::size_t asked = 0;
  for (const auto& message : messages) {
    if (random() % 20 == 0) continue;  // delivered again later
    const std::uint64_t sequence = ParseDelivery(message.reply).stream_sequence;
    model_.AckAsked(consumer, sequence);
    client.Publish(message.reply, "+ACK", {}, inbox + std::to_string(sequence));
    ++asked;
  }
  for (; asked > 0; --asked) {
    const auto answer = client.Next(answers, seconds(2));
    if (!answer) break;
    if (answer->Status() != 0) continue;
    model_.AckAnswered(consumer, std::stoull(answer->subject.substr(inbox.size())));
  }
  client.Unsubscribe(answers);
}

std::vector<std::string> LivingStream::CheckModel(JetStreamClient& client, bool late_limits) {
  std::vector<std::string> lines;
  Quietly([&] { lines = CompareWithModel(client, late_limits); });
  return lines;
}

std::vector<std::string> LivingStream::CompareWithModel(JetStreamClient& client,
                                                        bool late_limits) const {
  const StreamDump dump = DumpStream(client, plan_.name);
  StreamModel::Candidate now{.last = dump.state.at("last_seq").get<std::uint64_t>(),
                             .begun = Clock::now(),
                             .ended = Clock::now(),
                             .seen = Clock::now(),
                             .slack = seconds(30),
                             .late_limits = late_limits};
  for (const auto& message : dump.messages) {
    now.messages.emplace_back(message.sequence, message.content);
  }
  auto lines = model_.Judge(now);
  if (now.last != model_.last()) {
    lines.push_back("the model ends at " + std::to_string(model_.last()) + ", the stream at " +
                    std::to_string(now.last));
  }
  return lines;
}

}  // namespace jetkeep::testing

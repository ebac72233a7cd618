// LivingStream: a stream that is written to, deleted from and consumed all the time, with a model
// of what it holds.
//
// Thread-safety: any thread may call; the stream's own threads run from Start to Stop. What goes
// wrong in them is thrown by Stop.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/ack_publisher.h"
#include "tests/support/stream_model.h"

namespace jetkeep::testing {

struct LivingPlan {
  std::string name;
  nlohmann::json config = nlohmann::json::object();  // name, subjects and replicas are added
  StreamRules rules = {};
  std::string since = "2.9";  // the first server that can do this
  std::size_t subjects = 100;
  std::size_t payload_bytes = 100;
  std::size_t first_messages = 0;  // one of each subject, then more, before the life begins
  std::size_t writers = 1;
  std::size_t rate = 500;     // messages a second of each writer
  std::size_t consumers = 0;  // each acknowledges everything, one after another
  bool acknowledged_go = false;
  unsigned rollups = 0;  // of a thousand messages, so many
  unsigned rollups_of_all = 0;
  unsigned time_to_live = 0;
  unsigned deletes = 0;  // a second
  unsigned purges = 0;   // a minute
};

// Every kind that the living test knows.
const std::vector<LivingPlan>& LivingPlans();

class LivingStream {
 public:
  LivingStream(const LivingPlan& plan, std::string url, int replicas, std::uint64_t seed);
  ~LivingStream();
  LivingStream(const LivingStream&) = delete;
  LivingStream& operator=(const LivingStream&) = delete;

  const std::string& name() const { return plan_.name; }
  const LivingPlan& plan() const { return plan_; }
  const StreamModel& model() const { return model_; }
  static std::string ConsumerName(std::size_t consumer) { return "c" + std::to_string(consumer); }
  // A message of the kind that the stream holds, for its restored copy.
  LivingMessage NextMessage();

  void Start();
  void Stop();
  // Holds the writers until every message is acknowledged, so that the model knows all sequences.
  void Settle();
  // Compares the model with the stream itself while the writers are held.
  std::vector<std::string> CheckModel(JetStreamClient& client, bool late_limits);
  // One at a time judges backups of a stream, since its copy has one name.
  std::mutex& judge() { return judge_; }

 private:
  using Clock = std::chrono::steady_clock;

  void Run(const std::function<void()>& body);
  void Write(std::size_t writer);
  void Consume(std::size_t consumer);
  void ConsumeBatch(JetStreamClient& client, std::size_t consumer, std::mt19937_64& random);
  LivingMessage Make(std::mt19937_64& random, std::uint64_t number);
  void RemoveSome(JetStreamClient& client, std::mt19937_64& random);
  void Quietly(const std::function<void()>& what);
  std::vector<std::string> CompareWithModel(JetStreamClient& client, bool late_limits) const;

  const LivingPlan plan_;
  const std::string url_;
  const int replicas_;
  const std::uint64_t seed_;
  StreamModel model_;
  std::mutex judge_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> numbers_{0};
  std::vector<std::thread> threads_;

  std::mutex gate_;
  std::condition_variable gate_moved_;
  int writing_ = 0;
  int wants_quiet_ = 0;

  std::mutex failure_mutex_;
  std::string failure_;
};

}  // namespace jetkeep::testing

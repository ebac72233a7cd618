// LivingScene: one server or cluster whose streams live, two Jetkeeps that back them up while they
// are killed, and a third beside a quiet server of the same kind, where each complete backup is
// restored and compared with the model.
//
// Thread-safety: one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/living_stream.h"
#include "tests/support/jetkeep_process.h"
#include "tests/support/nats_server.h"

namespace jetkeep::testing {

struct LivingCounts {
  std::atomic<std::uint64_t> tried{0};
  std::atomic<std::uint64_t> complete{0};
  std::atomic<std::uint64_t> not_exact{0};        // reported complete, and wrong
  std::atomic<std::uint64_t> not_restored{0};     // reported complete, and not to be restored
  std::atomic<std::uint64_t> consumers_wrong{0};  // of a restored stream
  std::atomic<std::uint64_t> not_reached{0};      // failed as CutNotReached
  std::atomic<std::uint64_t> interrupted{0};      // the Jetkeep was killed
  std::atomic<std::uint64_t> failed{0};           // otherwise
  std::atomic<std::uint64_t> drills{0};
  std::atomic<std::uint64_t> drills_failed{0};
  std::string Text() const;
};

struct LivingSceneOptions {
  std::string version;
  std::string judge_version = {};  // of the server that backups are restored on; the same if empty
  bool clustered = false;
  std::uint64_t seed = 0;
  std::chrono::milliseconds duration = {};
  std::vector<std::string> streams = {};  // names of plans; those the version cannot are left out
};

class LivingScene {
 public:
  LivingScene(LivingSceneOptions options, LivingCounts& counts);
  ~LivingScene();
  // Returns when the scene has ended; each problem is a failure of the test.
  void Play();

 private:
  using Clock = std::chrono::steady_clock;
  struct Backup {
    std::string id;
    Clock::time_point begun;
    Clock::time_point ended;
  };
  // A server alone, or a cluster of three, to whose first node everything is connected.
  struct Place {
    std::unique_ptr<NatsServer> alone;
    std::unique_ptr<NatsCluster> cluster;
    void Start(const std::string& version, bool clustered);
    std::string Url() const { return cluster ? cluster->Url() : alone->Url(); }
  };
  struct Service {
    std::string prefix;
    std::unique_ptr<JetkeepProcess> process;
    std::atomic<int> kills{0};
  };

  // 2.9 evicts nothing during a snapshot, and a node that was lost may come back as the leader with
  // messages that the others had rolled up.
  bool LateLimits() const { return options_.version == "2.9" || options_.clustered; }
  const std::string& JudgeVersion() const {
    return options_.judge_version.empty() ? options_.version : options_.judge_version;
  }
  bool CanLive(const LivingPlan& plan) const;
  void StartService(Service& service) const;
  void Drive(Service& service, std::uint64_t seed);
  void BackUpOne(JetStreamClient& client, Service& service, LivingStream& stream,
                 const std::string& job, bool drill);
  void Trouble(std::mt19937_64& random);
  void LoseANode(std::mt19937_64& random);
  void Judge(JetStreamClient& client, LivingStream& stream, const Backup& backup);
  void JudgeConsumers(JetStreamClient& client, LivingStream& stream, const Backup& backup,
                      const StreamModel::Candidate& candidate);
  void JudgeTheRest();
  void End();
  LivingStream* Choose(std::mt19937_64& random);

  const LivingSceneOptions options_;
  LivingCounts& counts_;
  Place live_;
  Place quiet_;
  ScratchDirectory repository_;
  Service services_[2];
  std::unique_ptr<JetkeepProcess> judge_;
  std::vector<std::unique_ptr<LivingStream>> streams_;
  Clock::time_point began_;
  std::atomic<bool> over_{false};
  std::mutex mutex_;
  std::set<std::string> judged_;  // guarded by mutex_
};

}  // namespace jetkeep::testing

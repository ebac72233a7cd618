// NatsServer and NatsCluster: real servers for tests, on free ports of 127.0.0.1.
//
// Binaries: tests/support/servers.h. Ports and store stay the same over Restart. Everything is
// ended by pid in the destructors; configuration, store and log are kept when a test failed.
// Failures throw std::runtime_error with the end of the log.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/servers.h"
#include "tests/support/tcp_socket.h"

namespace jetkeep::testing {

struct NatsServerOptions {
  std::string version = "2.10";
  std::string name = "test";
  std::string store_dir = {};  // empty: below the server's scratch folder
  bool jetstream = true;
  std::string cipher = {};  // "chacha" or "aes": the store is encrypted
  std::string user = {};    // with `password`: the one account's user
  std::string password = {};
  std::string config = {};            // more configuration, as it stands in a nats-server file
  std::string jetstream_config = {};  // likewise, of its JetStream
};

class NatsServer {
 public:
  // Starts the server and waits until it (and JetStream) is ready.
  explicit NatsServer(NatsServerOptions options);
  ~NatsServer();

  std::uint16_t port() const { return port_.number(); }
  std::string Url() const;  // with the user, if one was set
  pid_t pid() const { return process_->pid(); }
  const NatsServerOptions& options() const { return options_; }
  std::string log_path() const { return directory_ / "server.log"; }
  std::string store_dir() const { return options_.store_dir; }

  void Stop();     // SIGTERM
  void Kill();     // SIGKILL
  void Restart();  // Stop if it runs, then start again
  void Start();    // after Stop or Kill
  void Pause();    // SIGSTOP
  void Resume();   // SIGCONT

 private:
  friend class NatsCluster;
  struct ClusterPlace {
    std::string cluster;
    std::uint16_t own_port = 0;
    std::vector<std::uint16_t> all_ports;
  };
  NatsServer(NatsServerOptions options, ClusterPlace place);

  void WriteConfig() const;
  void Launch();
  bool Ready() const;
  void WaitUntilReady() const;
  nlohmann::json MetaCluster() const;
  std::string MetaLeader() const;
  bool SeesAllPeers(std::size_t others) const;

  NatsServerOptions options_;
  ClusterPlace place_;
  ScratchDirectory directory_;
  ReservedPort port_;
  ReservedPort monitor_port_;
  mutable std::unique_ptr<ChildProcess> process_;
};

// Three servers, one cluster, one meta leader known to all, which knows all of them to be there.
class NatsCluster {
 public:
  explicit NatsCluster(const NatsServerOptions& options);
  NatsServer& node(std::size_t index) { return *nodes_[index]; }
  std::string Url() const { return nodes_[0]->Url(); }
  void RestartAll();
  void WaitForLeader() const;

 private:
  std::array<ReservedPort, 3> routes_;
  std::array<std::unique_ptr<NatsServer>, 3> nodes_;
};

}  // namespace jetkeep::testing

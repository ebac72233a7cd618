// Place: a server with a Jetkeep beside it, over a repository that others share, and a client of
// both; for restores onto other servers.
//
// Thread-safety: one thread. Failures throw std::runtime_error.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/jetkeep_process.h"
#include "tests/support/jetstream_client.h"
#include "tests/support/nats_server.h"

namespace jetkeep::testing {

// Of answers.
inline constexpr int kPermissionDenied = 70522;
inline constexpr int kConfigUnsupported = 70573;
inline constexpr int kConsumerRefused = 70574;
inline constexpr int kLimitTooSmall = 70575;
inline constexpr std::int64_t kSecondNs = 1'000'000'000;

class Place {
 public:
  // `user`: "name:password", of Jetkeep and of the client.
  Place(const NatsServerOptions& server, const std::string& repository,
        std::vector<std::string> arguments = {}, const std::string& user = {});
  Place(const std::string& version, const std::string& repository)
      : Place(NatsServerOptions{.version = version}, repository) {}

  NatsServer& server() { return server_; }
  JetStreamClient& client() { return *client_; }
  JetkeepProcess& jetkeep() { return *jetkeep_; }

  // Expects that the backup becomes complete.
  void BackUp(const std::string& stream);
  // The answer to a restore, an error as it is.
  nlohmann::json Restore(const std::string& stream,
                         const nlohmann::json& more = nlohmann::json::object(),
                         std::chrono::seconds timeout = std::chrono::seconds(60));
  // That to a drill.
  nlohmann::json Drill(const std::string& stream);

 private:
  NatsServer server_;
  std::string url_;
  std::unique_ptr<JetkeepProcess> jetkeep_;
  std::unique_ptr<JetStreamClient> client_;
};

// The error's code; 0: none.
int CodeOf(const nlohmann::json& answer);
std::string WarningsOf(const nlohmann::json& answer);

}  // namespace jetkeep::testing

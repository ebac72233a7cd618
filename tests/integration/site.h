// Site: a server, a Jetkeep beside it (through a FaultProxy if asked for) and a client of both, for
// the programs that hurt one of them and look at what the backups are worth afterwards.
//
// Thread-safety: one thread. Failures throw std::runtime_error.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fault_proxy.h"
#include "tests/support/jetkeep_process.h"
#include "tests/support/jetstream_client.h"
#include "tests/support/nats_server.h"
#include "tests/support/stream_dump.h"

namespace jetkeep::testing {

// How a job ended.
struct Outcome {
  nlohmann::json status;                // as backup.status shows it
  std::vector<nlohmann::json> retries;  // the errors of the events `retrying` that were seen

  bool completed() const { return status.value("state", "") == "completed"; }
  int err_code() const;  // 0: none
  std::string error() const;
  int attempts() const { return status.value("attempts", 0); }
  std::string backup() const { return status.value("backup", std::string()); }
  // One of the retries, or the end, has this code.
  bool Saw(int err_code) const;
  std::string Text() const;
};

struct SiteOptions {
  NatsServerOptions server = {};
  bool proxy = false;
  std::vector<std::string> arguments = {};  // of `jetkeep serve`
  std::string repository = {};
};

// Incompressible text that is known by its number.
std::string NumberedPayload(std::uint64_t number, std::size_t bytes);

class Site {
 public:
  explicit Site(SiteOptions options);

  NatsServer& server() { return *server_; }
  FaultProxy& proxy() { return *proxy_; }
  JetkeepProcess& jetkeep() { return *jetkeep_; }
  JetStreamClient& client() { return *client_; }
  // After the server was restarted.
  void Reconnect();

  // Message number i (from 1) on `<stream>.s` holds NumberedPayload(i, bytes). `more` goes into the
  // configuration.
  void Fill(const std::string& stream, std::uint64_t count, std::size_t bytes,
            const nlohmann::json& more = nlohmann::json::object());

  // A job's id, and its end; the client may lose its server in between.
  std::string Begin(const std::string& subject, nlohmann::json request);
  Outcome End(const std::string& job, std::chrono::milliseconds timeout = std::chrono::seconds(60));
  Outcome BackUp(const std::string& stream, const nlohmann::json& more = nlohmann::json::object());
  Outcome Restore(const std::string& stream);
  nlohmann::json List(const std::string& stream);
  nlohmann::json Show(const std::string& backup);
  // Backups of the stream in that condition.
  std::size_t Count(const std::string& stream, const std::string& condition);

  // Deletes the stream, restores its newest backup and tells how it differs from `before`; empty if
  // it does not. more: further fields of the request.
  std::string RestoredAgainst(const std::string& stream, const StreamDump& before,
                              const nlohmann::json& more = nlohmann::json::object());
  // `jetkeep verify` of everything: empty, or what it says.
  std::string VerifyAll();

 private:
  SiteOptions options_;
  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<FaultProxy> proxy_;
  std::unique_ptr<JetkeepProcess> jetkeep_;
  std::unique_ptr<JetStreamClient> client_;
  std::map<std::string, std::uint64_t> retry_events_;  // of each job, the subscription
};

// sequence -> payload, read with a consumer that acknowledges nothing.
std::map<std::uint64_t, std::string> ReadPayloads(JetStreamClient& client,
                                                  const std::string& stream);

// The .blk files of a stream, in order of their numbers.
std::vector<std::string> BlockFiles(const std::string& store, const std::string& stream);
void FlipBytes(const std::string& path, std::uint64_t offset, std::size_t count);

// Regular files below a directory, without repository.json, locks and the history of jobs.
std::vector<std::string> FilesBelow(const std::string& directory);

}  // namespace jetkeep::testing

// JetkeepProcess: the real program as a child, asked over NATS as any client would.
//
// The binary: $JETKEEP_BINARY, by default <build>/jetkeep. Failures throw std::runtime_error with
// the end of the log.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/nats_client.h"
#include "tests/support/scratch_directory.h"

namespace jetkeep::testing {

std::string JetkeepBinary();

struct JetkeepOptions {
  std::string server_url = {};
  std::string repository = {};              // empty: below the process's scratch folder
  std::vector<std::string> arguments = {};  // more flags of `jetkeep serve`
  std::map<std::string, std::string> environment = {};
  std::string prefix = {};                // of the control subjects
  bool wait_ready = true;                 // false: the server may be away
  std::vector<std::string> wrapper = {};  // a program and its flags that starts it
  // The configuration file's text, in place of the flags for server and repository; `server_url` is
  // then that of an account, to see when it is ready.
  std::string config = {};
};

class JetkeepProcess {
 public:
  explicit JetkeepProcess(JetkeepOptions options);
  ~JetkeepProcess();

  const std::string& repository() const { return options_.repository; }
  std::string log_path() const { return directory_ / "jetkeep.log"; }
  std::string Log() const { return ReadWholeFile(log_path()); }
  ChildProcess& process() { return *process_; }
  // At most 64 MiB ever; a program that is built with a sanitizer (JETKEEP_SANITIZED is set) is not
  // asked.
  void ExpectSmallMemory() const;

  int Stop();  // SIGTERM; the exit code
  void Kill();
  void Start();  // after Stop or Kill, with the same settings
  // Waits until $SRV.PING.jetkeep is answered by this server.
  void WaitUntilReady(std::chrono::milliseconds timeout = std::chrono::seconds(20));

 private:
  JetkeepOptions options_;
  ScratchDirectory directory_;
  std::unique_ptr<ChildProcess> process_;
};

// Sends a JSON request and returns the answer's JSON, errors as they are.
nlohmann::json Ask(NatsClient& client, const std::string& subject, const nlohmann::json& body,
                   std::chrono::milliseconds timeout = std::chrono::seconds(10));

// backup.request and restore.request with "wait": the result; throws on an error answer.
nlohmann::json BackUp(NatsClient& client, const std::string& stream,
                      std::chrono::milliseconds timeout = std::chrono::seconds(120));
nlohmann::json RestoreNewest(NatsClient& client, const std::string& stream,
                             std::chrono::milliseconds timeout = std::chrono::seconds(120));
nlohmann::json RestoreBackup(NatsClient& client, const std::string& backup,
                             std::chrono::milliseconds timeout = std::chrono::seconds(120));

// Runs `jetkeep <arguments>` to its end.
ProgramResult RunJetkeep(const std::vector<std::string>& arguments,
                         const std::map<std::string, std::string>& environment = {},
                         const std::vector<std::string>& wrapper = {});

}  // namespace jetkeep::testing

#include "tests/support/jetkeep_process.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace jetkeep::testing {

using nlohmann::json;

std::string JetkeepBinary() {
  const char* set = std::getenv("JETKEEP_BINARY");
  return set != nullptr ? set : JETKEEP_BUILD_DIR "/jetkeep";
}

JetkeepProcess::JetkeepProcess(JetkeepOptions options)
    : options_(std::move(options)), directory_("serve") {
  if (options_.repository.empty()) options_.repository = directory_ / "repository";
  Start();
}

JetkeepProcess::~JetkeepProcess() {
  if (process_) process_->Stop();
}

void JetkeepProcess::Start() {
  CommandLine command;
  command.arguments = options_.wrapper;
  command.arguments.insert(command.arguments.end(), {JetkeepBinary(), "serve"});
  if (options_.config.empty()) {
    command.arguments.insert(command.arguments.end(), {"--server", options_.server_url,
                                                       "--repository", options_.repository});
  } else {
    const std::string path = directory_ / "jetkeep.yaml";
    std::ofstream(path) << options_.config;
    command.arguments.insert(command.arguments.end(), {"--config", path});
  }
  if (!options_.prefix.empty()) {
    command.arguments.insert(command.arguments.end(), {"--prefix", options_.prefix});
  }
  command.arguments.insert(command.arguments.end(), options_.arguments.begin(),
                           options_.arguments.end());
  command.environment = options_.environment;
  command.output_path = log_path();
  process_ = std::make_unique<ChildProcess>(command);
  if (options_.wait_ready) WaitUntilReady();
}

void JetkeepProcess::ExpectSmallMemory() const {
  if (std::getenv("JETKEEP_SANITIZED") != nullptr) return;
  EXPECT_LT(process_->PeakRssKib(), 64U * 1024);
}

int JetkeepProcess::Stop() { return process_->Stop(); }
void JetkeepProcess::Kill() { process_->Kill(); }

void JetkeepProcess::WaitUntilReady(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  NatsClient client(options_.server_url);
  const std::string inbox = client.NewInbox();
  const auto answers = client.Subscribe(inbox);
  while (std::chrono::steady_clock::now() < deadline && process_->Running()) {
    client.Publish("$SRV.PING.jetkeep", "", {}, inbox);
    const auto answer = client.Next(answers, std::chrono::milliseconds(100));
    // Another Jetkeep may have answered: this one listens once its own prefix is served.
    const std::string own = (options_.prefix.empty() ? "" : options_.prefix + ".") + "backup.list";
    if (answer && answer->Status() == 0 && client.Request(own, "").Status() != 503) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const std::string log = Log();
  throw std::runtime_error("jetkeep serve is not ready: " +
                           log.substr(log.size() > 3000 ? log.size() - 3000 : 0));
}

json Ask(NatsClient& client, const std::string& subject, const json& body,
         std::chrono::milliseconds timeout) {
  const NatsMessage answer = client.Request(subject, body.dump(), timeout);
  if (answer.Status() == 503) throw std::runtime_error("nobody listens on " + subject);
  return answer.Json();
}

namespace {

json AskAndWait(NatsClient& client, const std::string& subject, json body,
                std::chrono::milliseconds timeout) {
  body["wait"] = true;
  json answer = Ask(client, subject, body, timeout);
  if (answer.contains("error")) throw std::runtime_error(subject + ": " + answer.dump());
  return answer;
}

}  // namespace

json BackUp(NatsClient& client, const std::string& stream, std::chrono::milliseconds timeout) {
  return AskAndWait(client, "backup.request", {{"stream", stream}}, timeout);
}

json RestoreNewest(NatsClient& client, const std::string& stream,
                   std::chrono::milliseconds timeout) {
  return AskAndWait(client, "restore.request", {{"stream", stream}}, timeout);
}

json RestoreBackup(NatsClient& client, const std::string& backup,
                   std::chrono::milliseconds timeout) {
  return AskAndWait(client, "restore.request", {{"backup", backup}}, timeout);
}

ProgramResult RunJetkeep(const std::vector<std::string>& arguments,
                         const std::map<std::string, std::string>& environment,
                         const std::vector<std::string>& wrapper) {
  std::vector<std::string> all = wrapper;
  all.push_back(JetkeepBinary());
  all.insert(all.end(), arguments.begin(), arguments.end());
  return RunProgram(all, environment);
}

}  // namespace jetkeep::testing

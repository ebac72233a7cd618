#include "tests/support/nats_server.h"

#include <signal.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "tests/support/servers.h"
#include "tests/support/tcp_socket.h"

namespace jetkeep::testing {
namespace {

constexpr auto kReadyTimeout = std::chrono::seconds(40);

std::string LogTail(const std::string& path) {
  const std::string log = ReadWholeFile(path);
  constexpr std::size_t kTail = 3000;
  return log.size() > kTail ? log.substr(log.size() - kTail) : log;
}

std::string Body(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : answer.substr(end + 4);
}

}  // namespace

NatsServer::NatsServer(NatsServerOptions options) : NatsServer(std::move(options), {}) {
  WaitUntilReady();
}

NatsServer::NatsServer(NatsServerOptions options, ClusterPlace place)
    : options_(std::move(options)),
      place_(std::move(place)),
      directory_("server-" + options_.version) {
  if (options_.store_dir.empty()) options_.store_dir = directory_ / "store";
  WriteConfig();
  Launch();
}

NatsServer::~NatsServer() {
  if (process_) process_->Kill();
}

std::string NatsServer::Url() const {
  const std::string user =
      options_.user.empty() ? "" : options_.user + ":" + options_.password + "@";
  return "nats://" + user + "127.0.0.1:" + std::to_string(port());
}

void NatsServer::WriteConfig() const {
  std::ofstream file(directory_ / "server.conf");
  file << "listen: \"127.0.0.1:" << port() << "\"\n"
       << "http: \"127.0.0.1:" << monitor_port_.number() << "\"\n"
       << "server_name: \"" << options_.name << "\"\n";
  if (options_.jetstream) {
    file << "jetstream {\n  store_dir: \"" << options_.store_dir << "\"\n"
         << "  max_file_store: 64GB\n  max_memory_store: 2GB\n";
    if (!options_.cipher.empty()) {
      file << "  cipher: " << options_.cipher << "\n  key: \"a key for tests only\"\n";
    }
    file << "  " << options_.jetstream_config << "\n}\n";
  }
  if (!options_.user.empty()) {
    file << "authorization { user: \"" << options_.user << "\", password: \"" << options_.password
         << "\" }\n";
  }
  if (!place_.cluster.empty()) {
    file << "cluster {\n  name: " << place_.cluster << "\n  listen: \"127.0.0.1:" << place_.own_port
         << "\"\n  routes: [";
    for (const auto route : place_.all_ports) file << " \"nats://127.0.0.1:" << route << "\",";
    file << " ]\n}\n";
  }
  file << options_.config << "\n";
}

void NatsServer::Launch() {
  process_ = std::make_unique<ChildProcess>(CommandLine{
      {ServerBinary(options_.version), "-c", directory_ / "server.conf"}, {}, log_path(), ""});
}

bool NatsServer::Ready() const {
  const std::string health = HttpGet(monitor_port_.number(), "/healthz");
  return health.find(" 200 ") != std::string::npos;
}

void NatsServer::WaitUntilReady() const {
  const auto deadline = std::chrono::steady_clock::now() + kReadyTimeout;
  while (!Ready()) {
    if (!process_->Running() || std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("nats-server is not ready: " + LogTail(log_path()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

nlohmann::json NatsServer::MetaCluster() const {
  const auto info = nlohmann::json::parse(Body(HttpGet(monitor_port_.number(), "/jsz")), nullptr,
                                          /*exceptions=*/false);
  return info.is_object() ? info.value("meta_cluster", nlohmann::json::object())
                          : nlohmann::json::object();
}

std::string NatsServer::MetaLeader() const { return MetaCluster().value("leader", std::string()); }

// Only the leader tells of the others. A young one counts them as offline, and places nothing.
bool NatsServer::SeesAllPeers(std::size_t others) const {
  const auto replicas = MetaCluster().value("replicas", nlohmann::json::array());
  return replicas.size() == others &&
         std::none_of(replicas.begin(), replicas.end(), [](const auto& replica) {
           return replica.value("offline", false) || !replica.value("current", false);
         });
}

void NatsServer::Stop() { process_->Stop(); }
void NatsServer::Kill() { process_->Kill(); }

void NatsServer::Restart() {
  Stop();
  Start();
}

void NatsServer::Start() {
  Launch();
  WaitUntilReady();
}

void NatsServer::Pause() { process_->Signal(SIGSTOP); }
void NatsServer::Resume() { process_->Signal(SIGCONT); }

NatsCluster::NatsCluster(const NatsServerOptions& options) {
  std::vector<std::uint16_t> ports;
  for (const ReservedPort& route : routes_) ports.push_back(route.number());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    NatsServerOptions one = options;
    one.name = "n" + std::to_string(i + 1);
    nodes_[i].reset(new NatsServer(one, {"test", ports[i], ports}));
  }
  WaitForLeader();
}

void NatsCluster::RestartAll() {
  for (auto& node : nodes_) node->Stop();
  for (auto& node : nodes_) node->Launch();
  WaitForLeader();
}

void NatsCluster::WaitForLeader() const {
  const auto deadline = std::chrono::steady_clock::now() + kReadyTimeout;
  for (const auto& node : nodes_) {
    while (node->MetaLeader().empty() || !node->Ready()) {
      if (!node->process_->Running() || std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("no meta leader: " + LogTail(node->log_path()));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  const auto sees_all = [&](const auto& node) { return node->SeesAllPeers(nodes_.size() - 1); };
  while (std::none_of(nodes_.begin(), nodes_.end(), sees_all) &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace jetkeep::testing

// The life of `serve` as its operators and their service manager see it: reading its configuration
// again, health, the port for monitoring, and what it tells systemd.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <thread>

#include "jetkeep/error.h"
#include "tests/integration/round_trip.h"
#include "tests/support/await.h"
#include "tests/support/servers.h"
#include "tests/support/tcp_socket.h"

namespace jetkeep::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kLong{30};

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What comes behind `from` in the log.
bool LogComesToHold(const JetkeepProcess& jetkeep, const std::string& text, std::size_t from = 0) {
  return Await([&] { return jetkeep.Log().find(text, from) != std::string::npos; }, kLong);
}

void Write(const std::string& path, const std::string& text) {
  std::ofstream file(path + ".new");
  file << text;
  file.close();
  ASSERT_EQ(std::rename((path + ".new").c_str(), path.c_str()), 0);
}

class Reload : public ::testing::Test {
 protected:
  Reload() {
    Write(file_, "log:\n  level: info\ncontrol:\n  max_jobs: 1\n");
    jetkeep_ = std::make_unique<JetkeepProcess>(
        JetkeepOptions{.server_url = server_.Url(), .environment = {{"JETKEEP_CONFIG", file_}}});
  }
  // Whether the log comes to hold the text after the service has read this.
  bool Says(const std::string& configuration, const std::string& text) {
    const std::size_t before = jetkeep_->Log().size();
    Write(file_, configuration);
    jetkeep_->process().Signal(SIGHUP);
    return LogComesToHold(*jetkeep_, text, before);
  }

  NatsServer server_{{.version = "2.15"}};
  ScratchDirectory directory_{"life"};
  const std::string file_ = directory_ / "jetkeep.yaml";
  std::unique_ptr<JetkeepProcess> jetkeep_;
};

TEST_F(Reload, TakesWhatItCanAndNamesTheRest) {
  EXPECT_TRUE(Says("log:\n  level: debug\ncontrol:\n  max_jobs: 3\nretry:\n  attempts: 7\n",
                   "settings=retry.attempts"))
      << jetkeep_->Log();
  EXPECT_TRUE(Holds(jetkeep_->Log(), "changed=\"control.max_jobs, log.level\"")) << jetkeep_->Log();
  // The file is compared with what is in force, so what needs a restart is named again.
  EXPECT_TRUE(Says("log:\n  level: debug\ncontrol:\n  max_jobs: 3\nretry:\n  attempts: 7\n",
                   "settings=retry.attempts"));
  // The new level counts at once: it keeps the line that follows it out of the log.
  EXPECT_TRUE(Says("log:\n  level: warn\nretry:\n  attempts: 7\n", "settings=retry.attempts"));
  const std::size_t before = jetkeep_->Log().size();
  EXPECT_EQ(jetkeep_->Stop(), 0);
  EXPECT_FALSE(Holds(jetkeep_->Log().substr(before), "stopping")) << jetkeep_->Log();
}

TEST_F(Reload, RefusesWhatIsWrongAndGoesOn) {
  for (const std::string wrong :
       {"log:\n  level: louder\n", "lgo:\n  level: info\n", "control:\n  max_jobs: none\n",
        "nats:\n  creds: /nonexistent/file\n", "{", "http:\n  listen: somewhere\n"}) {
    EXPECT_TRUE(Says(wrong, "the old one stays in force")) << wrong << jetkeep_->Log();
  }
  EXPECT_TRUE(Holds(jetkeep_->Log(), "louder")) << jetkeep_->Log();
  std::remove(file_.c_str());
  const std::size_t before = jetkeep_->Log().size();
  jetkeep_->process().Signal(SIGHUP);
  EXPECT_TRUE(LogComesToHold(*jetkeep_, "the old one stays in force", before)) << jetkeep_->Log();
  // It still does what it is there for, and takes a good one again.
  NatsClient client(server_.Url());
  EXPECT_EQ(Ask(client, "backup.list", nlohmann::json::object()).count("error"), 0U);
  EXPECT_TRUE(Says("control:\n  max_jobs: 2\n", "changed=control.max_jobs")) << jetkeep_->Log();
  EXPECT_EQ(jetkeep_->Stop(), 0);
}

// A file that does not come, as of a disk that hangs: a pipe that is open and stays empty.
TEST(Stop, DoesNotWaitForAFileForEver) {
  NatsServer server({.version = "2.15"});
  const ScratchDirectory directory("life");
  const std::string file = directory / "jetkeep.yaml";
  Write(file, "shutdown_grace: 1s\n");
  JetkeepProcess jetkeep({.server_url = server.Url(), .environment = {{"JETKEEP_CONFIG", file}}});
  std::remove(file.c_str());
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  jetkeep.process().Signal(SIGHUP);
  // It can be opened for writing once somebody reads.
  int writer = -1;
  ASSERT_TRUE(Await(
      [&] {
        writer = ::open(file.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        return writer >= 0;
      },
      kLong));
  // It serves meanwhile.
  NatsClient client(server.Url());
  EXPECT_EQ(Ask(client, "backup.list", nlohmann::json::object()).count("error"), 0U);
  jetkeep.process().Signal(SIGTERM);
  EXPECT_EQ(jetkeep.process().Wait(seconds(40)).value_or(-1), TraitsOf(Errc::kTimeout).exit_code);
  EXPECT_TRUE(Holds(jetkeep.Log(), "did not answer")) << jetkeep.Log();
  ::close(writer);
}

TEST(ConfigCheck, SaysWhatIsWrongWithAFile) {
  const ScratchDirectory directory("life");
  const std::string file = directory / "jetkeep.yaml";
  const std::string other = directory / "other.yaml";
  Write(file, "log:\n  level: debug\n");
  ProgramResult result = RunJetkeep({"config", "--check", file});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_TRUE(Holds(result.output, "no errors")) << result.output;

  // The variable's file is not the one that was asked about.
  Write(other, "nonsense: 1\n");
  result = RunJetkeep({"config", "--check", file}, {{"JETKEEP_CONFIG", other}});
  EXPECT_EQ(result.exit_code, 0) << result.error;

  for (const auto& [text, said] : std::map<std::string, std::string>{
           {"log:\n  level: louder\n", "louder"},
           {"lgo:\n  level: info\n", "lgo"},
           {"http:\n  listen: somewhere\n", "http.listen"},
           {"metrics:\n  push: https://gateway\n", "metrics.push"},
           {"nats:\n  creds: /nonexistent/file\n", "/nonexistent/file"},
           {"accounts:\n  - name: a\n    control: none\n", "no account takes requests"}}) {
    Write(file, text);
    result = RunJetkeep({"config", "--check", file});
    EXPECT_EQ(result.exit_code, 2) << text;
    EXPECT_TRUE(Holds(result.error, said)) << text << result.error;
  }
}

TEST(Health, StaysWellForProbesWhileNatsIsAwayAndSaysSo) {
  NatsServer server({.version = "2.15"});
  const ReservedPort port;
  JetkeepProcess jetkeep(
      {.server_url = server.Url(),
       .arguments = {"--http-listen", "127.0.0.1:" + std::to_string(port.number())}});
  const auto get = [&](const std::string& path) { return HttpGet(port.number(), path); };
  const auto comes_to_say = [&](const std::string& text, const std::string& path = "/readyz") {
    return Await([&] { return Holds(get(path), text); }, kLong);
  };
  EXPECT_TRUE(comes_to_say("\"status\":\"ok\"")) << get("/readyz");
  EXPECT_TRUE(Holds(get("/metrics"), "jetkeep_nats_connected{account=\"default\"} 1"));

  server.Kill();
  EXPECT_TRUE(comes_to_say("\"part\":\"nats default\"")) << get("/readyz");
  for (const char* path : {"/healthz", "/readyz"}) {
    EXPECT_TRUE(Holds(get(path), " 200 OK\r\n")) << get(path);
    EXPECT_TRUE(Holds(get(path), "\"status\":\"degraded\"")) << get(path);
  }
  // The text is made once a second.
  EXPECT_TRUE(comes_to_say("jetkeep_nats_connected{account=\"default\"} 0", "/metrics"));
  EXPECT_TRUE(Holds(get("/metrics"), "jetkeep_nats_connections_lost_total{account=\"default\"} 1"));

  server.Start();
  EXPECT_TRUE(comes_to_say("\"status\":\"ok\"")) << get("/readyz");
  EXPECT_TRUE(Holds(get("/other"), " 404 "));
  EXPECT_EQ(jetkeep.Stop(), 0);
}

TEST(Health, APortInUseEndsServeWithAHint) {
  NatsServer server({.version = "2.15"});
  const ScratchDirectory directory("life");
  const TcpSocket taken = TcpSocket::ListenLoopback(0);
  const std::string address = "127.0.0.1:" + std::to_string(taken.LocalPort());
  const ProgramResult result = RunJetkeep({"serve", "--server", server.Url(), "--repository",
                                           directory / "repository", "--http-listen", address});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(Holds(result.error, address)) << result.error;
  EXPECT_TRUE(Holds(result.error, "another port")) << result.error;
}

// What a service manager hears.
class Manager {
 public:
  explicit Manager(const std::string& path)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("path is too long");
    path.copy(address.sun_path, path.size());
    const timeval patience{1, 0};
    ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::bind(socket_.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("bind");
    }
  }
  // The next message that holds the text; empty if there is none for long.
  std::string Next(const std::string& text) {
    const auto end = std::chrono::steady_clock::now() + seconds(30);
    while (std::chrono::steady_clock::now() < end) {
      char piece[4096];
      const ssize_t got = ::recv(socket_.descriptor(), piece, sizeof piece, 0);
      if (got <= 0) continue;
      const std::string message(piece, static_cast<std::size_t>(got));
      if (Holds(message, text)) return message;
    }
    return {};
  }

 private:
  TcpSocket socket_;
};

TEST(ServiceManager, HearsOfStartReloadLifeAndEnd) {
  NatsServer server({.version = "2.15"});
  const ScratchDirectory directory("life");
  const std::string path = directory / "notify";
  Manager manager(path);
  JetkeepProcess jetkeep({.server_url = server.Url(),
                          .environment = {{"NOTIFY_SOCKET", path}, {"WATCHDOG_USEC", "600000"}}});
  EXPECT_NE(manager.Next("READY=1"), "");
  EXPECT_NE(manager.Next("STATUS=serving"), "");
  EXPECT_NE(manager.Next("WATCHDOG=1"), "");
  jetkeep.process().Signal(SIGHUP);
  EXPECT_TRUE(Holds(manager.Next("RELOADING=1"), "MONOTONIC_USEC="));
  EXPECT_NE(manager.Next("READY=1"), "");
  EXPECT_NE(manager.Next("WATCHDOG=1"), "");
  jetkeep.process().Signal(SIGTERM);
  EXPECT_NE(manager.Next("STOPPING=1"), "");
  EXPECT_EQ(jetkeep.process().Wait(seconds(20)).value_or(-1), 0);
}

// NATS being away must not keep a service from having started: systemd would kill it.
TEST(ServiceManager, HearsThatItIsReadyWithoutNats) {
  const ScratchDirectory directory("life");
  const ReservedPort nobody;
  const std::string path = directory / "notify";
  Manager manager(path);
  JetkeepProcess jetkeep(
      {.server_url = "nats://127.0.0.1:" + std::to_string(nobody.number()),
       // Another process's watchdog is not this one's.
       .environment = {{"NOTIFY_SOCKET", path}, {"WATCHDOG_USEC", "100000"}, {"WATCHDOG_PID", "1"}},
       .wait_ready = false});
  EXPECT_TRUE(Holds(manager.Next("READY=1"), "STATUS=waiting for NATS"));
  jetkeep.process().Signal(SIGHUP);
  EXPECT_TRUE(Holds(manager.Next("=1"), "RELOADING=1"));
  // A reload connects to nothing.
  EXPECT_TRUE(Holds(manager.Next("READY=1"), "STATUS=waiting for NATS"));
  jetkeep.process().Signal(SIGTERM);
  EXPECT_TRUE(Holds(manager.Next("=1"), "STOPPING=1"));
  EXPECT_EQ(jetkeep.process().Wait(seconds(20)).value_or(-1), 0);
}

}  // namespace
}  // namespace jetkeep::testing

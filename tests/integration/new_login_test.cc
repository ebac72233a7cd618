// Logins and certificates that change on disk while `serve` runs.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/integration/round_trip.h"

namespace jetkeep::testing {
namespace {

using std::chrono::milliseconds;

// Two users, by their seeds and public keys.
constexpr const char* kSeed[] = {"SUAHGRV3FKH2DP22EH3HEBSIYDDWJ4XET6GKZI2BTV4I42PFKEQERG5TYA",
                                 "SUAPWSYRG5S3HSMJZMCVN5NLAEPI4YDXI444ZWNI6WQDGJQEKZHXCSQM3I"};
constexpr const char* kKey[] = {"UCZQQ7E7L6LJT53GD3BMEDPGHKV63XSVJUQRKCKPZZF4VSNE2R2HTHTI",
                                "UDTA5KFYHXNXLX3Z33EYDIAREBBQOXIRMGJH5JVQSALRZPOP5QUKHXS4"};

std::string LoginFile(const std::string& name) { return JETKEEP_LOGIN_FILES "/" + name; }

void Write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

// Another text in the server's configuration, which it reads at the next start or SIGHUP.
void Replace(const NatsServer& server, const std::string& from, const std::string& to) {
  const std::string path =
      std::filesystem::path(server.log_path()).parent_path().string() + "/server.conf";
  std::string text = ReadWholeFile(path);
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << text;
  Write(path, text.replace(at, from.size(), to));
}

int Connections(const JetkeepProcess& jetkeep) {
  const std::string log = jetkeep.Log();
  int count = 0;
  for (auto at = log.find("connected to NATS server="); at != std::string::npos;
       at = log.find("connected to NATS server=", at + 1)) {
    ++count;
  }
  return count;
}

bool Connects(const JetkeepProcess& jetkeep, int times) {
  for (int i = 0; i < 400; ++i) {
    if (Connections(jetkeep) >= times) return true;
    std::this_thread::sleep_for(milliseconds(100));
  }
  return false;
}

TEST(NewLogin, APasswordFileIsReadAgainWhenTheServerWantsAnotherPassword) {
  ScratchDirectory directory("login");
  const std::string file = directory / "password";
  Write(file, "first\n");
  NatsServer server(NatsServerOptions{.version = "2.10",
                                      .config = "authorization { user: bob, password: first }"});
  JetkeepProcess jetkeep({.server_url = server.Url(),
                          .arguments = {"--user", "bob", "--password", "file://" + file},
                          .wait_ready = false});
  ASSERT_TRUE(Connects(jetkeep, 1)) << jetkeep.Log();
  Write(file, "second\n");
  Replace(server, "password: first", "password: second");
  ::kill(server.pid(), SIGHUP);
  EXPECT_TRUE(Connects(jetkeep, 2)) << jetkeep.Log();
  // The server's change may come first, too: then there is no connection until the file follows.
  const std::size_t before = jetkeep.Log().size();
  Replace(server, "password: second", "password: third");
  ::kill(server.pid(), SIGHUP);
  const auto refused = [&] {
    return jetkeep.Log().find("refuses the login", before) != std::string::npos;
  };
  for (int i = 0; i < 300 && !refused(); ++i) std::this_thread::sleep_for(milliseconds(100));
  EXPECT_TRUE(refused()) << jetkeep.Log();
  Write(file, "third\n");
  EXPECT_TRUE(Connects(jetkeep, 3)) << jetkeep.Log();
  NatsClient client("nats://bob:third@127.0.0.1:" + std::to_string(server.port()));
  EXPECT_NE(client.Request("backup.list", "").Status(), 503);
  EXPECT_EQ(jetkeep.Log().find("third"), std::string::npos);
  EXPECT_EQ(jetkeep.Stop(), 0);
}

TEST(NewLogin, AnotherSeedInTheNkeyFileIsAnotherUser) {
  ScratchDirectory directory("login");
  const std::string file = directory / "user.nk";
  Write(file, kSeed[0]);
  NatsServer server(NatsServerOptions{
      .version = "2.12",
      .config = std::string("authorization { users: [ { nkey: ") + kKey[0] + " } ] }"});
  JetkeepProcess jetkeep(
      {.server_url = server.Url(), .arguments = {"--nkey", file}, .wait_ready = false});
  ASSERT_TRUE(Connects(jetkeep, 1)) << jetkeep.Log();
  Write(file, kSeed[1]);
  Replace(server, kKey[0], kKey[1]);
  ::kill(server.pid(), SIGHUP);
  EXPECT_TRUE(Connects(jetkeep, 2)) << jetkeep.Log();
  EXPECT_EQ(jetkeep.Stop(), 0);
}

// The library keeps the certificates that it has once read: a new connection takes its place.
TEST(NewLogin, ANewAuthorityOfTheServersCertificateIsTrusted) {
  ScratchDirectory directory("login");
  const std::string file = directory / "ca.pem";
  Write(file, ReadWholeFile(LoginFile("other-ca.pem")));
  NatsServer server(NatsServerOptions{.version = "2.14",
                                      .config = "tls { cert_file: \"" + LoginFile("server.pem") +
                                                "\", key_file: \"" + LoginFile("server.key") +
                                                "\" }"});
  JetkeepProcess jetkeep(
      {.server_url = server.Url(), .arguments = {"--tlsca", file}, .wait_ready = false});
  for (int i = 0; i < 300 && jetkeep.Log().find("TLS handshake") == std::string::npos; ++i) {
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_NE(jetkeep.Log().find("TLS handshake"), std::string::npos) << jetkeep.Log();
  Write(file, ReadWholeFile(LoginFile("ca.pem")));
  ASSERT_TRUE(Connects(jetkeep, 1)) << jetkeep.Log();
  Replace(server, LoginFile("server.pem"), LoginFile("next-server.pem"));
  Replace(server, LoginFile("server.key"), LoginFile("next-server.key"));
  Write(file, ReadWholeFile(LoginFile("next-ca.pem")));
  server.Restart();
  EXPECT_TRUE(Connects(jetkeep, 2)) << jetkeep.Log();
  EXPECT_EQ(jetkeep.Stop(), 0);
}

TEST(NewLogin, AClientCertificateIsTakenUp) {
  ScratchDirectory directory("login");
  const std::string certificate = directory / "client.pem";
  const std::string key = directory / "client.key";
  // One that the server's authority has not signed.
  Write(certificate, ReadWholeFile(LoginFile("next-server.pem")));
  Write(key, ReadWholeFile(LoginFile("next-server.key")));
  NatsServer server(NatsServerOptions{.version = "2.10",
                                      .config = "tls { cert_file: \"" + LoginFile("server.pem") +
                                                "\", key_file: \"" + LoginFile("server.key") +
                                                "\", ca_file: \"" + LoginFile("ca.pem") +
                                                "\", verify: true }"});
  JetkeepProcess jetkeep(
      {.server_url = server.Url(),
       .arguments = {"--tlsca", LoginFile("ca.pem"), "--tlscert", certificate, "--tlskey", key},
       .wait_ready = false});
  for (int i = 0; i < 300 && jetkeep.Log().find("not connected") == std::string::npos; ++i) {
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_NE(jetkeep.Log().find("not connected"), std::string::npos) << jetkeep.Log();
  // Between the two writes they do not belong together, which is no reason to give up.
  Write(certificate, ReadWholeFile(LoginFile("client.pem")));
  std::this_thread::sleep_for(milliseconds(1'000));
  Write(key, ReadWholeFile(LoginFile("client.key")));
  EXPECT_TRUE(Connects(jetkeep, 1)) << jetkeep.Log();
  EXPECT_EQ(jetkeep.Stop(), 0);
}

}  // namespace
}  // namespace jetkeep::testing

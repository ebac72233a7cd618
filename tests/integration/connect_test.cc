// How `serve` and the command line get to a server, and what they say when they do not.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/support/tcp_socket.h"

namespace jetkeep::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool LogComesToHold(const JetkeepProcess& jetkeep, const std::string& text) {
  for (int i = 0; i < 300; ++i) {
    if (jetkeep.Log().find(text) != std::string::npos) return true;
    std::this_thread::sleep_for(milliseconds(100));
  }
  return false;
}

std::string UrlOf(const NatsServer& server, const std::string& login) {
  return "nats://" + login + "@127.0.0.1:" + std::to_string(server.port());
}

// The client library's own words hold places in its sources.
void ExpectNoInsides(const std::string& text) {
  EXPECT_EQ(text.find(".c:"), std::string::npos) << text;
  EXPECT_EQ(text.find("(null)"), std::string::npos) << text;
}

TEST(Connecting, ServeSaysAtOnceWhyItIsNotConnectedAndServesOnlyOnceItIs) {
  NatsServer server({.version = "2.10"});
  server.Kill();
  JetkeepProcess jetkeep({.server_url = server.Url(), .wait_ready = false});
  EXPECT_TRUE(LogComesToHold(jetkeep, "warn not connected to NATS")) << jetkeep.Log();
  EXPECT_EQ(jetkeep.Log().find("jetkeep serves"), std::string::npos) << jetkeep.Log();
  server.Start();
  EXPECT_TRUE(LogComesToHold(jetkeep, "info jetkeep serves")) << jetkeep.Log();
  jetkeep.WaitUntilReady();
  const std::size_t before = jetkeep.Log().size();
  server.Kill();
  const auto says_why = [&] {
    return jetkeep.Log().find("warn not connected to NATS", before) != std::string::npos;
  };
  for (int i = 0; i < 300 && !says_why(); ++i) std::this_thread::sleep_for(milliseconds(100));
  EXPECT_TRUE(says_why()) << jetkeep.Log();
  server.Start();
  jetkeep.WaitUntilReady();
  ExpectNoInsides(jetkeep.Log());
  EXPECT_EQ(jetkeep.Stop(), 0);
}

TEST(Connecting, AWrongPasswordIsNamed) {
  NatsServer server({.version = "2.10", .config = "authorization { user: bob, password: right }"});
  JetkeepProcess jetkeep({.server_url = UrlOf(server, "bob:wrong-word"), .wait_ready = false});
  EXPECT_TRUE(LogComesToHold(jetkeep, "uthorization")) << jetkeep.Log();
  const std::string log = jetkeep.Log();
  EXPECT_NE(log.find("warn not connected to NATS"), std::string::npos) << log;
  EXPECT_EQ(log.find("jetkeep serves"), std::string::npos) << log;
  EXPECT_EQ(log.find("wrong-word"), std::string::npos) << log;
  ExpectNoInsides(log);
  const ProgramResult list = RunJetkeep({"list", "--server", UrlOf(server, "bob:wrong-word")});
  EXPECT_EQ(list.exit_code, 22) << list.error;
  EXPECT_NE(list.error.find("login"), std::string::npos) << list.error;
  EXPECT_EQ(list.error.find("wrong-word"), std::string::npos) << list.error;
  ExpectNoInsides(list.error);
}

TEST(Connecting, FilesThatCannotBeUsedEndServeAndTheCommandLineWithTwo) {
  ScratchDirectory directory("connect");
  const std::string garbage = directory / "garbage";
  std::ofstream(garbage) << "nothing of use";
  const std::string missing = directory / "missing";
  for (const std::string& file : {garbage, missing}) {
    for (const std::vector<std::string>& flags : {std::vector<std::string>{"--creds", file},
                                                  {"--nkey", file},
                                                  {"--tlsca", file},
                                                  {"--tlscert", file, "--tlskey", file}}) {
      for (std::vector<std::string> arguments :
           {std::vector<std::string>{"serve", "--repository", directory / "repository"},
            std::vector<std::string>{"list"}}) {
        arguments.insert(arguments.end(), flags.begin(), flags.end());
        arguments.insert(arguments.end(), {"--server", "nats://127.0.0.1:1"});
        const ProgramResult result = RunJetkeep(arguments);
        EXPECT_EQ(result.exit_code, 2) << arguments[0] << flags[0] << result.error;
        EXPECT_NE(result.error.find(file), std::string::npos) << result.error;
        EXPECT_NE(result.error.find("hint: "), std::string::npos) << result.error;
        ExpectNoInsides(result.error);
      }
    }
  }
}

TEST(Connecting, EscapesInTheLoginOfAUrlAreDecoded) {
  NatsServer server(
      {.version = "2.10", .config = R"(authorization { user: "b b", password: "p@ss:w/rd%" })"});
  const std::string url = UrlOf(server, "b%20b:p%40ss%3Aw%2Frd%25");
  EXPECT_EQ(RunJetkeep({"list", "--server", url}).exit_code, 25) << "no service, but a login";
  JetkeepProcess jetkeep({.server_url = url, .wait_ready = false});
  EXPECT_TRUE(LogComesToHold(jetkeep, "jetkeep serves")) << jetkeep.Log();
  EXPECT_EQ(jetkeep.Log().find("p@ss"), std::string::npos);
  EXPECT_EQ(jetkeep.Log().find("p%40ss"), std::string::npos);
  EXPECT_EQ(RunJetkeep({"list", "--server", url}).exit_code, 0);
}

std::string LoginFile(const std::string& name) { return JETKEEP_LOGIN_FILES "/" + name; }

std::string LoginText(const std::string& name) {
  std::string text = ReadWholeFile(LoginFile(name));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string TlsConfig(const std::string& more = {}) {
  return "tls { cert_file: \"" + LoginFile("server.pem") + "\", key_file: \"" +
         LoginFile("server.key") + "\", ca_file: \"" + LoginFile("ca.pem") + "\" " + more + " }";
}

// A case: what is given to the command line, and what both programs must say.
struct Refusal {
  std::string what;
  std::string url;
  std::vector<std::string> flags;
  int exit_code;
  std::string message;
  std::string hint;
};

// The command line ends with the code and says reason and hint; `serve` says the reason and goes
// on.
void ExpectRefused(const Refusal& refusal) {
  SCOPED_TRACE(refusal.what);
  std::vector<std::string> arguments{"list", "--server", refusal.url, "--timeout", "1s"};
  arguments.insert(arguments.end(), refusal.flags.begin(), refusal.flags.end());
  const ProgramResult list = RunJetkeep(arguments);
  EXPECT_EQ(list.exit_code, refusal.exit_code) << list.error;
  EXPECT_NE(list.error.find(refusal.message), std::string::npos) << list.error;
  EXPECT_NE(list.error.find(refusal.hint), std::string::npos) << list.error;
  ExpectNoInsides(list.error);
  JetkeepProcess jetkeep(
      {.server_url = refusal.url, .arguments = refusal.flags, .wait_ready = false});
  EXPECT_TRUE(LogComesToHold(jetkeep, "warn not connected to NATS")) << jetkeep.Log();
  EXPECT_NE(jetkeep.Log().find(refusal.message), std::string::npos) << jetkeep.Log();
  EXPECT_NE(jetkeep.Log().find(refusal.hint), std::string::npos) << jetkeep.Log();
  EXPECT_EQ(jetkeep.Log().find("jetkeep serves"), std::string::npos) << jetkeep.Log();
  ExpectNoInsides(jetkeep.Log());
  EXPECT_EQ(jetkeep.Stop(), 0);
}

TEST(Connecting, TheReasonAndTheHintFitWhatIsWrong) {
  const std::vector<std::string> ca{"--tlsca", LoginFile("ca.pem")};
  NatsServer plain({.version = "2.10"});
  NatsServer token({.version = "2.10", .config = "authorization { token: right }"});
  NatsServer tls({.version = "2.10", .config = TlsConfig()});
  ExpectRefused({"no server",
                 "nats://127.0.0.1:" + std::to_string(FreePort()),
                 {},
                 20,
                 "Connection refused",
                 "Check that the server runs"});
  ExpectRefused({"no such name",
                 "nats://no-such-host.invalid:4222",
                 {},
                 20,
                 "no-such-host.invalid:4222: the name is not found",
                 "Check the server's name"});
  ExpectRefused({"a wrong token",
                 token.Url(),
                 {"--token", "wrong-word"},
                 22,
                 "the server refuses the login",
                 "Check the token."});
  ExpectRefused({"no login", token.Url(), {}, 22, "the server refuses the login", "Give a login"});
  ExpectRefused({"an unknown authority", tls.Url(), {}, 20, "the TLS handshake failed", "--tlsca"});
  ExpectRefused({"another authority",
                 tls.Url(),
                 {"--tlsca", LoginFile("other-ca.pem")},
                 20,
                 "the TLS handshake failed",
                 "other-ca.pem"});
  ExpectRefused(
      {"TLS at a server without it", plain.Url(), ca, 20, "does not offer TLS", "Use nats://"});
}

TEST(Connecting, MutualTlsAndTlsFirstAreNamed) {
  const std::vector<std::string> ca{"--tlsca", LoginFile("ca.pem")};
  NatsServer mutual({.version = "2.10", .config = TlsConfig(", verify: true")});
  ExpectRefused({"no client certificate", mutual.Url(), ca, 20, "requires a client certificate",
                 "--tlscert"});
  NatsServer first({.version = "2.10", .config = TlsConfig(", handshake_first: true")});
  ExpectRefused(
      {"TLS before the greeting", first.Url(), ca, 20, "no greeting in time", "handshake_first"});
  std::vector<std::string> whole = ca;
  whole.insert(whole.end(),
               {"--tlscert", LoginFile("client.pem"), "--tlskey", LoginFile("client.key")});
  JetkeepProcess jetkeep({.server_url = mutual.Url(), .arguments = whole, .wait_ready = false});
  EXPECT_TRUE(LogComesToHold(jetkeep, "info jetkeep serves")) << jetkeep.Log();
  EXPECT_EQ(jetkeep.Stop(), 0);
  std::vector<std::string> mixed = ca;
  mixed.insert(mixed.end(),
               {"--tlscert", LoginFile("client.pem"), "--tlskey", LoginFile("server.key")});
  mixed.insert(mixed.begin(), {"list", "--server", mutual.Url()});
  const ProgramResult result = RunJetkeep(mixed);
  EXPECT_EQ(result.exit_code, 2) << result.error;
  EXPECT_NE(result.error.find("key that belongs to it"), std::string::npos) << result.error;
  ExpectNoInsides(result.error);
}

TEST(Connecting, AServerThatGoesAndComesBackWithAnotherLoginIsNamedWhileItIsAway) {
  ScratchDirectory directory("relogin");
  NatsServer server({.version = "2.10", .config = ReadWholeFile(LoginFile("operator.conf"))});
  const std::string creds = directory / "j.creds";
  std::ofstream(creds) << ReadWholeFile(LoginFile("user.creds"));
  JetkeepProcess jetkeep(
      {.server_url = server.Url(), .arguments = {"--creds", creds}, .wait_ready = false});
  EXPECT_TRUE(LogComesToHold(jetkeep, "info jetkeep serves")) << jetkeep.Log();
  std::ofstream(creds, std::ios::trunc) << "garbage";
  server.Restart();
  EXPECT_TRUE(LogComesToHold(jetkeep, "warn not connected to NATS")) << jetkeep.Log();
  EXPECT_NE(jetkeep.Log().find("j.creds"), std::string::npos) << jetkeep.Log();
  ExpectNoInsides(jetkeep.Log());
  std::ofstream(creds, std::ios::trunc) << ReadWholeFile(LoginFile("user.creds"));
  const std::size_t before = jetkeep.Log().rfind("warn not connected");
  for (int i = 0;
       i < 300 && jetkeep.Log().find("connected to NATS server=", before) == std::string::npos;
       ++i) {
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_NE(jetkeep.Log().find("connected to NATS server=", before), std::string::npos)
      << jetkeep.Log();
  EXPECT_EQ(jetkeep.Stop(), 0);
}

TEST(Connecting, AJwtAndItsSeedLogInAsACredentialsFileDoes) {
  NatsServer server({.version = "2.10", .config = ReadWholeFile(LoginFile("operator.conf"))});
  const std::map<std::string, std::string> login{{"NATS_JWT", LoginText("user.jwt")},
                                                 {"NATS_SEED", "file://" + LoginFile("user.seed")}};
  constexpr int kNoService = 25;
  EXPECT_EQ(RunJetkeep({"list", "--server", server.Url()}, login).exit_code, kNoService);
  EXPECT_EQ(
      RunJetkeep({"list", "--server", server.Url(), "--jwt", LoginText("bearer.jwt")}).exit_code,
      kNoService);
  const ProgramResult without_seed =
      RunJetkeep({"list", "--server", server.Url(), "--jwt", LoginText("user.jwt")});
  EXPECT_EQ(without_seed.exit_code, 22) << without_seed.error;
  EXPECT_EQ(without_seed.error.find(LoginText("user.jwt").substr(0, 40)), std::string::npos);
  const ProgramResult bad_seed =
      RunJetkeep({"list", "--server", server.Url()}, {{"NATS_JWT", "ey"}, {"NATS_SEED", "S-bad"}});
  EXPECT_EQ(bad_seed.exit_code, 2) << bad_seed.error;
  EXPECT_EQ(bad_seed.error.find("S-bad"), std::string::npos) << bad_seed.error;
}

TEST(Connecting, AWrongDomainEndsAJobAtTheFirstAttempt) {
  NatsServer server({.version = "2.10"});
  JetkeepProcess jetkeep({.server_url = server.Url(), .arguments = {"--js-domain", "nosuch"}});
  const ProgramResult backup = RunJetkeep({"backup", "S", "--server", server.Url()});
  EXPECT_EQ(backup.exit_code, 2) << backup.error;
  EXPECT_NE(backup.error.find("$JS.nosuch.API"), std::string::npos) << backup.error;
  EXPECT_EQ(backup.output.find("retrying"), std::string::npos) << backup.output;
  EXPECT_EQ(jetkeep.Log().find("retry"), std::string::npos) << jetkeep.Log();
}

TEST(Connecting, WhatTheCommandLineOfNatsReadsAndJetkeepCannotIsRefused) {
  const ProgramResult proxy = RunJetkeep({"list", "--server", "nats://127.0.0.1:1"},
                                         {{"NATS_SOCKS_PROXY", "socks5://127.0.0.1:1080"}});
  EXPECT_EQ(proxy.exit_code, 2) << proxy.error;
  EXPECT_NE(proxy.error.find("NATS_SOCKS_PROXY"), std::string::npos) << proxy.error;
  const ProgramResult typo = RunJetkeep({"config"}, {{"JETKEEP_MAXJOBS", "4"}});
  EXPECT_EQ(typo.exit_code, 2) << typo.error;
  EXPECT_NE(typo.error.find("JETKEEP_MAX_JOBS"), std::string::npos) << typo.error;
}

}  // namespace
}  // namespace jetkeep::testing

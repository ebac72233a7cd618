// How `serve` and the command line get to a server, and what they say when they do not.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <thread>

#include "tests/integration/round_trip.h"

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

}  // namespace
}  // namespace jetkeep::testing

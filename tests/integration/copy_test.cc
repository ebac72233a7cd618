// `jetkeep copy`: from one server or account straight into another one.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/support/stream_dump.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Newer servers show a setting that is off, older ones do not have it.
std::vector<std::string> Differences(const StreamDump& before, const StreamDump& after) {
  std::vector<std::string> found = Compare(before, after);
  std::erase_if(found, [](const std::string& one) {
    return one.starts_with("config.allow_msg_ttl: expected false");
  });
  return found;
}

class CopyTest : public ::testing::Test {
 protected:
  CopyTest() {
    std::filesystem::create_directories(directory_ / "config/nats/context");
    std::filesystem::create_directories(scratch());
    WriteContext("prod", prod_.Url());
    WriteContext("staging", staging_.Url());
  }

  std::string scratch() const { return directory_ / "scratch"; }
  // What is left in the scratch directory.
  std::vector<std::string> Left() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(scratch())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
  void WriteContext(const std::string& name, const std::string& url,
                    const std::string& more = {}) const {
    std::ofstream(directory_ / ("config/nats/context/" + name + ".json"))
        << "{\"url\": \"" << url << "\"" << more << "}";
  }
  std::map<std::string, std::string> Environment() const {
    return {{"XDG_CONFIG_HOME", directory_ / "config"}, {"NATS_URL", "nats://127.0.0.1:1"}};
  }
  std::vector<std::string> Words(std::vector<std::string> more) const {
    more.insert(more.end(), {"--scratch-dir", scratch()});
    more.insert(more.begin(), "copy");
    return more;
  }
  ProgramResult Copy(const std::vector<std::string>& more) const {
    return RunJetkeep(Words(more), Environment());
  }
  void Fill(const std::string& stream, std::uint64_t count, std::size_t bytes = 10) {
    from.CreateStream({{"name", stream}, {"subjects", {stream + ".>"}}});
    from.PublishMany(count, [&](std::uint64_t i) {
      return OutgoingMessage{stream + "." + std::to_string(i % 7), std::string(bytes, 'x'),
                             HeaderBlock({{"Number", std::to_string(i)}})};
    });
  }

  const ScratchDirectory directory_{"copy"};
  NatsServer prod_{NatsServerOptions{.version = "2.12", .name = "prod"}};
  NatsServer staging_{NatsServerOptions{.version = "2.10", .name = "staging"}};
  JetStreamClient from{prod_.Url()};
  JetStreamClient to{staging_.Url()};
};

TEST_F(CopyTest, BetweenContextsOfTwoServersTheStreamIsTheSame) {
  Fill("ORDERS", 700);
  from.DeleteMessage("ORDERS", 17);
  from.CreateConsumer("ORDERS", {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
  for (const NatsMessage& message : from.Fetch("ORDERS", "worker", 5)) from.Ack(message);
  const StreamDump before = DumpStream(from, "ORDERS");
  const ProgramResult copied = Copy({"ORDERS", "--from", "prod", "--to", "staging"});
  ASSERT_EQ(copied.exit_code, 0) << copied.error;
  EXPECT_NE(copied.output.find("copied ORDERS from prod to staging: 699 messages"),
            std::string::npos)
      << copied.output;
  EXPECT_EQ(Joined(Differences(before, DumpStream(to, "ORDERS"))), "");
  EXPECT_EQ(Joined(Differences(before, DumpStream(from, "ORDERS"))), "") << "the source stays";
  EXPECT_TRUE(Left().empty());
  // It is there now.
  const ProgramResult again = Copy({"ORDERS", "--from", "prod", "--to", "staging"});
  EXPECT_EQ(again.exit_code, 13) << again.error;
  const ProgramResult renamed =
      Copy({"ORDERS", "--from", "prod", "--to", "staging", "--as", "COPY", "--map-subject",
            "ORDERS.>=copy.>", "--no-consumers", "--json"});
  ASSERT_EQ(renamed.exit_code, 0) << renamed.output << renamed.error;
  const Json document = Json::parse(renamed.output);
  EXPECT_EQ(document.at("as"), "COPY");
  EXPECT_EQ(document.at("messages"), 699);
  EXPECT_EQ(document.at("consumers"), 0);
  EXPECT_EQ(to.StreamInfo("COPY").at("config").at("subjects").dump(), "[\"copy.>\"]");
  EXPECT_TRUE(to.ConsumerNames("COPY").empty());
  EXPECT_TRUE(Left().empty());
}

TEST_F(CopyTest, BetweenAccountsOfTheConfigurationAndAContext) {
  NatsServer third(NatsServerOptions{.version = "2.14", .config = R"(accounts {
  A: { jetstream: enabled, users: [ { user: a, password: a } ] }
  B: { jetstream: enabled, users: [ { user: b, password: b } ] }
})"});
  const auto url = [&](const std::string& login) {
    return "nats://" + login + "@127.0.0.1:" + std::to_string(third.port());
  };
  const std::string config = directory_ / "jetkeep.yaml";
  std::ofstream(config) << "accounts:\n  - name: alpha\n    servers: \"" << url("a:a")
                        << "\"\n  - name: beta\n    servers: \"" << url("b:b") << "\"\n";
  Fill("ORDERS", 50);
  const StreamDump before = DumpStream(from, "ORDERS");
  const auto copy = [&](const std::string& source, const std::string& target) {
    return RunJetkeep(Words({"ORDERS", "--from", source, "--to", target, "--config", config}),
                      {{"XDG_CONFIG_HOME", directory_ / "config"}});
  };
  const ProgramResult first = copy("prod", "alpha");
  EXPECT_EQ(first.exit_code, 0) << first.error;
  const ProgramResult second = copy("alpha", "beta");
  EXPECT_EQ(second.exit_code, 0) << second.error;
  JetStreamClient beta(url("b:b"));
  EXPECT_EQ(Joined(Differences(before, DumpStream(beta, "ORDERS"))), "");
  // No variable that chooses an account for other commands chooses another end.
  ASSERT_EQ(copy("prod", "alpha").exit_code, 13) << "it is there";
  WriteContext("beta", staging_.Url());
  const ProgramResult chosen =
      RunJetkeep(Words({"ORDERS", "--from", "alpha", "--to", "beta", "--config", config, "--as",
                        "CHOSEN", "--map-subject", "ORDERS.>=chosen.>"}),
                 {{"XDG_CONFIG_HOME", directory_ / "config"}, {"JETKEEP_ACCOUNT", "alpha"}});
  EXPECT_EQ(chosen.exit_code, 0) << chosen.error;
  EXPECT_TRUE(beta.StreamExists("CHOSEN"));
  EXPECT_FALSE(to.StreamExists("CHOSEN")) << "the context of the same name";
  const ProgramResult unknown = copy("alpha", "gamma");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.error.find("alpha, beta"), std::string::npos) << unknown.error;
  EXPECT_TRUE(Left().empty());
}

TEST_F(CopyTest, WhatIsWrongIsSaidAndNothingIsLeft) {
  Fill("ORDERS", 20);
  EXPECT_EQ(Copy({"ORDERS", "--from", "prod"}).exit_code, 2);
  for (const std::string flag : {"--account", "--server", "--context"}) {
    const ProgramResult refused =
        Copy({"ORDERS", "--from", "prod", "--to", "staging", flag, "prod"});
    EXPECT_EQ(refused.exit_code, 2) << flag;
    EXPECT_NE(refused.error.find(flag), std::string::npos) << refused.error;
  }
  EXPECT_EQ(Copy({"MISSING", "--from", "prod", "--to", "staging"}).exit_code, 10);
  EXPECT_EQ(Copy({"ORDERS", "--from", "prod", "--to", "prod"}).exit_code, 13) << "it is there";
  EXPECT_EQ(Copy({"ORDERS", "--from", "nowhere", "--to", "staging"}).exit_code, 2);
  WriteContext("away", "nats://127.0.0.1:1");
  const ProgramResult away = Copy({"ORDERS", "--from", "prod", "--to", "away", "--timeout", "1s"});
  EXPECT_EQ(away.exit_code, 20) << away.error;
  EXPECT_NE(away.error.find("cannot connect to away"), std::string::npos) << away.error;
  NatsServer closed(NatsServerOptions{.version = "2.10",
                                      .config = "authorization { user: bob, password: right }"});
  WriteContext("closed", closed.Url(), ", \"user\": \"bob\", \"password\": \"wrong-word\"");
  const ProgramResult refused = Copy({"ORDERS", "--from", "closed", "--to", "staging"});
  EXPECT_EQ(refused.exit_code, 22) << refused.error;
  EXPECT_EQ(refused.error.find("wrong-word"), std::string::npos);
  const ProgramResult no_room = RunJetkeep(
      {"copy", "ORDERS", "--from", "prod", "--to", "staging", "--scratch-dir", "/missing"},
      Environment());
  EXPECT_EQ(no_room.exit_code, 37) << no_room.error;
  EXPECT_TRUE(Left().empty());
  EXPECT_FALSE(to.StreamExists("ORDERS"));
}

// Until the copy has recorded that it is making a stream; false: it ended before.
bool RestoreBegins(const std::string& scratch, ChildProcess& copy) {
  const auto recorded = [&] {
    std::error_code error;
    for (auto entry = std::filesystem::recursive_directory_iterator(scratch, error);
         !error && entry != std::filesystem::recursive_directory_iterator();
         entry.increment(error)) {
      const std::string name = entry->path().filename();
      if (name.starts_with("restore.") && name.ends_with(".pending")) return true;
    }
    return false;
  };
  while (copy.Running()) {
    if (recorded()) return true;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return false;
}

TEST_F(CopyTest, AnInterruptedCopyLeavesNothing) {
  Fill("LARGE", 3'000, std::size_t{64} * 1024);
  std::vector<std::string> words = Words({"LARGE", "--from", "prod", "--to", "staging"});
  words.insert(words.begin(), JetkeepBinary());
  // While it reads, and while it restores.
  for (const bool in_restore : {false, true}) {
    SCOPED_TRACE(in_restore);
    ChildProcess copy(CommandLine{words, Environment(), directory_ / "copy.log"});
    if (in_restore) {
      ASSERT_TRUE(RestoreBegins(scratch(), copy)) << ReadWholeFile(directory_ / "copy.log");
    } else {
      while (copy.Running() && Left().empty()) std::this_thread::sleep_for(milliseconds(1));
    }
    copy.Signal(SIGTERM);
    EXPECT_EQ(copy.Wait(seconds(60)).value_or(-1), 130) << ReadWholeFile(directory_ / "copy.log");
    EXPECT_TRUE(Left().empty());
    EXPECT_FALSE(to.StreamExists("LARGE"));
  }
}

// The record is all that proves whose the half-made stream is.
TEST_F(CopyTest, WhatItCouldNotRemoveStaysRecordedUntilTheNextCopyRemovesIt) {
  Fill("LARGE", 3'000, std::size_t{64} * 1024);
  Fill("SMALL", 10);
  std::vector<std::string> words = Words({"LARGE", "--from", "prod", "--to", "staging"});
  words.insert(words.begin(), JetkeepBinary());
  words.insert(words.end(), {"--timeout", "1s"});
  std::map<std::string, std::string> environment = Environment();
  environment["JETKEEP_RETRY_ATTEMPTS"] = "1";
  ChildProcess copy(CommandLine{words, environment, directory_ / "copy.log"});
  ASSERT_TRUE(RestoreBegins(scratch(), copy)) << ReadWholeFile(directory_ / "copy.log");
  staging_.Kill();
  ASSERT_NE(copy.Wait(seconds(80)).value_or(-1), 0);
  const std::string said = ReadWholeFile(directory_ / "copy.log");
  ASSERT_EQ(Left().size(), 1U) << said;
  EXPECT_NE(said.find("recorded in " + scratch() + "/" + Left()[0]), std::string::npos) << said;
  staging_.Start();
  // The same name for another place, and then another name for the same place.
  WriteContext("same", staging_.Url());
  WriteContext("staging", prod_.Url());
  const std::vector<std::string> small = {
      "SMALL", "--from", "prod", "--as", "SMALL2", "--map-subject", "SMALL.>=small2.>", "--to"};
  const auto into = [&](const std::string& name) {
    std::vector<std::string> all = small;
    all.push_back(name);
    return Copy(all);
  };
  const ProgramResult elsewhere = into("staging");
  EXPECT_EQ(elsewhere.exit_code, 0) << elsewhere.error;
  EXPECT_EQ(Left().size(), 1U) << elsewhere.error;
  EXPECT_NE(elsewhere.error.find("another address"), std::string::npos) << elsewhere.error;
  const ProgramResult next = into("same");
  EXPECT_EQ(next.exit_code, 0) << next.error;
  EXPECT_TRUE(Left().empty()) << next.error;
  JetStreamClient again(staging_.Url());
  if (again.StreamExists("LARGE")) {
    EXPECT_EQ(again.StreamInfo("LARGE").at("state").at("messages"), 3'000) << "it was whole";
  }
}

TEST_F(CopyTest, WhatAKilledCopyLeftTheNextOneRemoves) {
  Fill("LARGE", 3'000, std::size_t{64} * 1024);
  Fill("SMALL", 10);
  std::vector<std::string> words = Words({"LARGE", "--from", "prod", "--to", "staging"});
  words.insert(words.begin(), JetkeepBinary());
  ChildProcess copy(CommandLine{words, Environment(), directory_ / "copy.log"});
  ASSERT_TRUE(RestoreBegins(scratch(), copy)) << ReadWholeFile(directory_ / "copy.log");
  copy.Signal(SIGSTOP);
  // One that is in use is left alone.
  ASSERT_EQ(Copy({"SMALL", "--from", "prod", "--to", "staging"}).exit_code, 0);
  EXPECT_EQ(Left().size(), 1U);
  copy.Kill();
  // A copy elsewhere cannot finish it, and says so.
  WriteContext("other", prod_.Url());
  const ProgramResult elsewhere = Copy({"SMALL", "--from", "prod", "--to", "other", "--as",
                                        "SMALL2", "--map-subject", "SMALL.>=small2.>"});
  EXPECT_EQ(elsewhere.exit_code, 0) << elsewhere.error;
  EXPECT_EQ(Left().size(), 1U);
  EXPECT_NE(elsewhere.error.find("a copy to staging removes it"), std::string::npos)
      << elsewhere.error;
  const ProgramResult next = Copy({"SMALL", "--from", "prod", "--to", "staging", "--as", "SMALL3",
                                   "--map-subject", "SMALL.>=small3.>"});
  EXPECT_EQ(next.exit_code, 0) << next.error;
  EXPECT_TRUE(Left().empty()) << next.error;
  if (to.StreamExists("LARGE")) {
    // It was whole.
    EXPECT_EQ(to.StreamInfo("LARGE").at("state").at("messages"), 3'000);
  }
}

}  // namespace
}  // namespace jetkeep::testing

// Jetkeep is killed at each step of a restore, and of a backup, of a set: before each request that
// it sends. All steps are tried at once, each in an account of its own of one server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "tests/integration/place.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/support/await.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/scratch_directory.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
namespace fs = std::filesystem;

constexpr int kStreamExists = 70409;
constexpr seconds kLong{120};

std::string AccountsConfig(int count) {
  std::string config = "accounts {\n";
  for (int i = 0; i < count; ++i) {
    const std::string name = std::to_string(i);
    config +=
        "  A" + name + " { jetstream: enabled, users: [ { user: u" + name + ", password: p } ] }\n";
  }
  return config + "}\n";
}

std::string UserUrl(int user, std::uint16_t port) {
  return "nats://u" + std::to_string(user) + ":p@127.0.0.1:" + std::to_string(port);
}

// One account with a Jetkeep of its own, which is killed before a request of its.
class Step {
 public:
  Step(const NatsServer& server, int number, std::string repository)
      : proxy_(server.port()),
        client_(UserUrl(number, server.port())),
        repository_(std::move(repository)) {
    jetkeep_ = std::make_unique<JetkeepProcess>(
        JetkeepOptions{.server_url = UserUrl(number, proxy_.port()),
                       .repository = repository_,
                       .arguments = {"--retry-attempts", "1"},
                       .wait_ready = false});
  }

  JetStreamClient& client() { return client_; }
  JetkeepProcess& jetkeep() { return *jetkeep_; }
  const std::string& repository() const { return repository_; }

  // The service connects anew, and then gets as far as that request.
  void StallBefore(const std::string& text, std::uint64_t number) {
    proxy_.ToServer({.stall_before = text, .stall_before_number = number});
    proxy_.CutAll();
    jetkeep_->WaitUntilReady(kLong);
  }
  bool stalled() const { return proxy_.stalled() > 0; }
  void Kill() {
    jetkeep_->Kill();
    proxy_.ToServer({});
  }

  void Ask(const std::string& subject, const Json& body) {
    const std::string inbox = client_.NewInbox();
    answers_ = client_.Subscribe(inbox);
    client_.Publish(subject, body.dump(), {}, inbox);
    client_.Flush();
  }
  // Of the last Ask; null: none has come.
  Json Answer(milliseconds timeout) {
    const auto message = client_.Next(answers_, timeout);
    return message ? message->Json() : Json();
  }

  std::vector<std::string> Names() {
    std::vector<std::string> names;
    const Json answer = client_.Api("STREAM.NAMES");
    if (answer.contains("streams") && answer["streams"].is_array()) {
      for (const Json& name : answer["streams"]) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  FaultProxy proxy_;
  JetStreamClient client_;
  const std::string repository_;
  std::unique_ptr<JetkeepProcess> jetkeep_;
  std::uint64_t answers_ = 0;
};

const std::vector<std::string>& Members() {
  static const std::vector<std::string> names{"A", "B", "C"};
  return names;
}

// A feeds C; B has a consumer.
void MakeMembers(JetStreamClient& client) {
  for (const std::string name : {"A", "B"}) {
    client.CreateStream({{"name", name}, {"subjects", {name + ".>"}}});
    client.PublishMany(20, [&](std::uint64_t i) {
      return OutgoingMessage{name + ".a", NumberedPayload(i, 100), ""};
    });
  }
  client.CreateStream({{"name", "C"}, {"mirror", {{"name", "A"}}}});
  client.CreateConsumer("B", {{"durable_name", "c"}, {"ack_policy", "explicit"}});
  ASSERT_TRUE(
      Await([&] { return client.StreamInfo("C").at("state").at("messages") == 20; }, kLong));
}

std::size_t Records(const std::string& repository) {
  return static_cast<std::size_t>(std::count_if(
      fs::directory_iterator(repository), fs::directory_iterator(),
      [](const auto& entry) { return entry.path().filename().string().starts_with("restore."); }));
}

class SetCrashTest : public ::testing::TestWithParam<std::string> {
 protected:
  ScratchDirectory directory_{"set-crash"};
};

// Before which of its requests Jetkeep is killed.
struct Where {
  const char* text;
  std::uint64_t number;
};

// Of a restore of three streams: each is begun, gets its probe, its chunk and its end; the first
// three updates are probes, too, and the others come after the commit.
std::vector<Where> PlacesOfARestore() {
  std::vector<Where> places;
  for (std::uint64_t i = 1; i <= 3; ++i) places.push_back({"PUB $JS.API.STREAM.RESTORE.", i});
  for (std::uint64_t i = 1; i <= 9; ++i) places.push_back({"PUB $JS.SNAPSHOT.RESTORE.", i});
  for (std::uint64_t i = 4; i <= 6; ++i) places.push_back({"PUB $JS.API.STREAM.UPDATE.", i});
  return places;
}

// In every second account somebody takes the name of a member that is not there while Jetkeep is
// away.
TEST_P(SetCrashTest, AKillAtAnyStepOfARestoreLeavesAllOrNothing) {
  const std::vector<Where> places = PlacesOfARestore();
  const auto count = static_cast<int>(places.size());
  NatsServer server({.version = GetParam(), .config = AccountsConfig(count)});
  std::vector<StreamDump> before;
  {
    JetStreamClient client(UserUrl(0, server.port()));
    JetkeepProcess jetkeep(
        {.server_url = UserUrl(0, server.port()), .repository = directory_ / "0"});
    MakeMembers(client);
    for (const std::string& name : Members()) before.push_back(DumpStream(client, name));
    const Json done = Ask(client, "backup.request", {{"streams", {"*"}}, {"wait", true}}, kLong);
    ASSERT_FALSE(done.contains("error")) << done;
    for (const std::string name : {"C", "B", "A"}) client.DeleteStream(name);
    jetkeep.Stop();
  }
  std::vector<std::unique_ptr<Step>> steps;
  for (int i = 0; i < count; ++i) {
    const std::string repository = directory_ / std::to_string(i);
    if (i > 0) fs::copy(directory_ / "0", repository, fs::copy_options::recursive);
    steps.push_back(std::make_unique<Step>(server, i, repository));
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    steps[i]->client().CreateStream({{"name", "FOREIGN"}, {"subjects", {"foreign"}}});
    steps[i]->StallBefore(places[i].text, places[i].number);
  }
  const Json request{{"set", "latest"}, {"parallel", 1}, {"wait", true}};
  for (auto& step : steps) step->Ask("restore.request", request);
  for (auto& step : steps) {
    ASSERT_TRUE(Await([&] { return step->stalled(); }, kLong)) << step->jetkeep().Log();
    step->Kill();
  }
  std::vector<bool> taken;
  for (int i = 0; i < count; ++i) {
    Step& step = *steps[static_cast<std::size_t>(i)];
    const auto names = step.Names();
    const bool take = i % 2 == 1 && std::find(names.begin(), names.end(), "C") == names.end();
    taken.push_back(take);
    if (take) step.client().CreateStream({{"name", "C"}, {"subjects", {"taken"}}});
    step.jetkeep().Start();
  }
  for (auto& step : steps) step->jetkeep().WaitUntilReady(kLong);
  for (auto& step : steps) step->Ask("restore.request", request);
  for (int i = 0; i < count; ++i) {
    Step& step = *steps[static_cast<std::size_t>(i)];
    SCOPED_TRACE("step " + std::to_string(i) + "\n" + step.jetkeep().Log());
    const Json answer = step.Answer(kLong);
    ASSERT_FALSE(answer.is_null());
    const Json foreign = step.client().StreamInfo("FOREIGN");
    EXPECT_EQ(foreign.at("config").at("subjects"), Json({"foreign"}));
    if (taken[static_cast<std::size_t>(i)]) {
      EXPECT_EQ(CodeOf(answer), kStreamExists) << answer;
      EXPECT_THAT(step.Names(), ::testing::ElementsAre("C", "FOREIGN"));
      EXPECT_EQ(step.client().StreamInfo("C").at("config").at("subjects"), Json({"taken"}));
    } else {
      // After the commit all of them stay.
      if (answer.contains("error")) {
        EXPECT_EQ(CodeOf(answer), kStreamExists) << answer;
      }
      EXPECT_THAT(step.Names(), ::testing::ElementsAre("A", "B", "C", "FOREIGN"));
      for (const StreamDump& dump : before) {
        EXPECT_EQ(Joined(Compare(dump, DumpStream(step.client(), dump.stream))), "");
        EXPECT_EQ(step.client().StreamInfo(dump.stream).dump().find("jetkeep.restore"),
                  std::string::npos);
      }
    }
    EXPECT_TRUE(Await([&] { return Records(step.repository()) == 0; }, kLong));
  }
}

TEST_P(SetCrashTest, AKillAtAnyStepOfABackupLeavesNoFalseSet) {
  constexpr int kSteps = 12;
  NatsServer server({.version = GetParam(), .config = AccountsConfig(kSteps)});
  std::vector<std::unique_ptr<Step>> steps;
  for (int i = 0; i < kSteps; ++i) {
    steps.push_back(std::make_unique<Step>(server, i, directory_ / std::to_string(i)));
    MakeMembers(steps.back()->client());
    // Every third request of some forty.
    steps.back()->StallBefore("PUB $JS.API.", static_cast<std::uint64_t>(3 * i) + 1);
  }
  const Json request{{"streams", {"*"}}, {"parallel", 1}, {"wait", true}};
  for (auto& step : steps) step->Ask("backup.request", request);
  for (auto& step : steps) {
    Json answer;
    ASSERT_TRUE(Await(
        [&] {
          if (step->stalled()) return true;
          answer = step->Answer(milliseconds(1));
          return !answer.is_null();
        },
        kLong))
        << step->jetkeep().Log();
    step->Kill();
    step->jetkeep().Start();
  }
  for (auto& step : steps) step->jetkeep().WaitUntilReady(kLong);
  for (auto& step : steps) {
    SCOPED_TRACE(step->jetkeep().Log());
    const Json sets = Ask(step->client(), "backup.sets", Json::object()).at("sets");
    for (const Json& set : sets) EXPECT_EQ(set.at("condition"), "complete");
    const Json checked = Ask(step->client(), "backup.verify", {{"wait", true}}, kLong);
    EXPECT_FALSE(checked.contains("error")) << checked;
    EXPECT_EQ(checked.value("damaged", 0), 0) << checked;
    step->Ask("backup.request", request);
  }
  for (auto& step : steps) {
    SCOPED_TRACE(step->jetkeep().Log());
    const Json done = step->Answer(kLong);
    ASSERT_FALSE(done.is_null());
    ASSERT_FALSE(done.contains("error")) << done;
    EXPECT_EQ(done.at("set_result").at("streams"), 3);
    EXPECT_THAT(step->Names(), ::testing::ElementsAre("A", "B", "C"));
    const Json shown = Ask(step->client(), "backup.set", {{"set", "latest"}});
    EXPECT_EQ(shown.at("id"), done.at("set_result").at("id"));
  }
}

// Servers differ little here, and it takes long.
std::vector<std::string> FewServers() {
  const bool named = std::getenv("JETKEEP_TEST_SERVERS") != nullptr;
  return named ? ServerVersions() : std::vector<std::string>{"2.15"};
}

INSTANTIATE_TEST_SUITE_P(Servers, SetCrashTest, ::testing::ValuesIn(FewServers()), VersionName);

}  // namespace
}  // namespace jetkeep::testing

// Nothing foreign is ever touched: several real instances and other tools restore, make and delete
// streams of the same names at the same time, are killed and stopped. The judge is the set of
// foreign streams, each compared with what it was when its maker had made it.
#include <signal.h>

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/support/await.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
namespace fs = std::filesystem;

constexpr int kStreamExists = 70409;
constexpr int kStreamChanged = 70533;
constexpr int kLeaseLost = 70554;
constexpr int kMismatch = 70570;
constexpr std::uint64_t kMegabyte = 1024 * 1024;
constexpr std::uint64_t kMessages = 1500;  // of a kilobyte each

bool HasToken(const Json& config) {
  return config.dump().find("jetkeep.restore") != std::string::npos;
}

// One Jetkeep behind a link of its own. Its chunks are small, so that many restores at once share a
// slow link and none is through before the last has begun.
class Instance {
 public:
  Instance(NatsServer& server, const std::string& prefix, const std::string& repository = {})
      : proxy_(server.port()),
        prefix_(prefix),
        jetkeep_(
            {.server_url = proxy_.Url(),
             .repository = repository,
             .arguments = {"--retry-first-delay", "100ms", "--retry-attempts", "3", "--max-jobs",
                           "12", "--restore-chunk-size", "4KiB", "--chunks-in-flight", "2"},
             .prefix = prefix}) {}

  FaultProxy& proxy() { return proxy_; }
  JetkeepProcess& jetkeep() { return jetkeep_; }
  const std::string& repository() const { return jetkeep_.repository(); }
  Json Ask(JetStreamClient& client, const std::string& verb, const Json& body,
           milliseconds timeout = seconds(120)) const {
    return testing::Ask(client, (prefix_.empty() ? "" : prefix_ + ".") + verb, body, timeout);
  }
  // Its own connection is slow to the server from now on.
  void Throttle(std::uint64_t bytes_per_second) {
    proxy_.ToServer({.bytes_per_second = bytes_per_second});
    Restart();
  }
  void Restart() {
    jetkeep_.Stop();
    jetkeep_.Start();
    jetkeep_.WaitUntilReady();
  }
  std::vector<std::string> Records() const {
    std::vector<std::string> records;
    for (const auto& entry : fs::directory_iterator(repository())) {
      const std::string name = entry.path().filename();
      if (name.starts_with("restore.")) records.push_back(name);
    }
    return records;
  }
  // The configuration that was sent to restore the stream, from the restore's record.
  Json SentConfig(const std::string& stream) const {
    for (const std::string& name : Records()) {
      const Json record = Json::parse(ReadWholeFile(fs::path(repository()) / name), nullptr, false);
      if (record.value("stream", "") == stream) return Json::parse(record.value("config", ""));
    }
    return {};
  }
  bool AwaitNoRecords(milliseconds timeout = seconds(60)) const {
    return Await([&] { return Records().empty(); }, timeout);
  }
  // How the job ended: its state, and the number of its error.
  std::pair<std::string, int> End(JetStreamClient& client, const std::string& job) const {
    Json status;
    Await(
        [&] {
          try {
            status = Ask(client, "backup.status", {{"job", job}}, seconds(2));
          } catch (const std::runtime_error&) {
            return false;
          }
          const std::string state = status.value("state", "");
          return state == "completed" || state == "failed" || state == "cancelled";
        },
        seconds(90));
    const Json error = status.value("error", Json::object());
    return {status.value("state", "?"), error.is_object() ? error.value("err_code", 0) : 0};
  }

 private:
  FaultProxy proxy_;
  std::string prefix_;
  JetkeepProcess jetkeep_;
};

// What others own, and whether it is still as they left it.
class ForeignStreams {
 public:
  explicit ForeignStreams(JetStreamClient& client) : client_(client) {}
  void Add(const std::string& stream) { dumps_.emplace(stream, DumpStream(client_, stream)); }
  // Names those that are not as they were.
  std::vector<std::string> Touched() {
    std::vector<std::string> touched;
    for (const auto& [stream, before] : dumps_) {
      if (!client_.StreamExists(stream)) {
        touched.push_back(stream + " is gone");
        continue;
      }
      const auto differences = Compare(before, DumpStream(client_, stream));
      if (!differences.empty()) touched.push_back(stream + ": " + Joined(differences));
      if (HasToken(client_.StreamInfo(stream).at("config")))
        touched.push_back(stream + " carries a token");
    }
    return touched;
  }
  std::size_t size() const { return dumps_.size(); }

 private:
  JetStreamClient& client_;
  std::map<std::string, StreamDump> dumps_;
};

Json ConfigOf(const std::string& stream, const Json& more = Json::object()) {
  Json config{{"name", stream}, {"subjects", {stream + ".>"}}};
  config.update(more);
  return config;
}

void Publish(JetStreamClient& client, const std::string& stream, std::uint64_t from,
             std::uint64_t count) {
  client.PublishMany(count, [&](std::uint64_t i) {
    return OutgoingMessage{stream + ".s", NumberedPayload(from + i, 1000), ""};
  });
}

// Counts the restores that the server has accepted.
class Accepted {
 public:
  explicit Accepted(JetStreamClient& client)
      : client_(client),
        subscription_(client.Subscribe("$JS.EVENT.ADVISORY.STREAM.RESTORE_CREATE.>")) {
    client_.Flush();
  }
  ~Accepted() { client_.Unsubscribe(subscription_); }
  bool AwaitCount(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (!client_.Next(subscription_, seconds(20))) return false;
    }
    return true;
  }

 private:
  JetStreamClient& client_;
  std::uint64_t subscription_;
};

// Begins restores that are far from their end when it returns: the server has accepted them all.
std::map<std::string, std::string> BeginRestores(Instance& instance, JetStreamClient& client,
                                                 const std::vector<std::string>& streams) {
  Accepted accepted(client);
  std::map<std::string, std::string> jobs;
  for (const std::string& stream : streams) {
    const Json answer = instance.Ask(client, "restore.request", {{"stream", stream}});
    EXPECT_TRUE(answer.contains("job")) << answer;
    jobs[stream] = answer.value("job", "");
  }
  EXPECT_TRUE(accepted.AwaitCount(streams.size())) << instance.jetkeep().Log();
  return jobs;
}

class OwnershipTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    JETKEEP_NEEDS_SERVER(GetParam());
    server_ = std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam()});
    client_ = std::make_unique<JetStreamClient>(server_->Url());
    a_ = std::make_unique<Instance>(*server_, "");
    foreign_ = std::make_unique<ForeignStreams>(*client_);
  }
  JetStreamClient& client() { return *client_; }
  Instance& a() { return *a_; }
  ForeignStreams& foreign() { return *foreign_; }
  // A stream with two backups, which is then deleted.
  void BackUpTwiceAndDelete(const std::string& stream) {
    client().CreateStream(ConfigOf(stream));
    client().CreateConsumer(stream, {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
    Publish(client(), stream, 0, 300);
    older_[stream] = BackUp(client(), stream).at("result").at("id");
    Publish(client(), stream, 300, kMessages - 300);
    BackUp(client(), stream);
    client().DeleteStream(stream);
  }
  ProgramResult Cli(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {NatsCommandLine(), "--server", server_->Url()});
    ProgramResult result = RunProgram(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.output << result.error;
    return result;
  }

  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<JetStreamClient> client_;
  std::unique_ptr<Instance> a_;
  std::unique_ptr<ForeignStreams> foreign_;
  std::map<std::string, std::string> older_;
};

class EveryServerOwnershipTest : public OwnershipTest {};

TEST_P(EveryServerOwnershipTest, WhoeverIsSecondEndsWithStreamExistsAndTouchesNothing) {
  if (IsSkipped()) return;
  JETKEEP_NEEDS_COMMAND_LINE();
  const std::vector<std::string> streams{"RACE", "MADE", "LIKE", "TOOL"};
  for (const std::string& stream : streams) BackUpTwiceAndDelete(stream);
  // Another tool's own backup of the last one.
  client().CreateStream(ConfigOf("TOOL"));
  Publish(client(), "TOOL", 0, 700);
  const ScratchDirectory scratch("nats-backup");
  Cli({"stream", "backup", "TOOL", scratch / "TOOL", "--no-progress"});
  client().DeleteStream("TOOL");

  // An instance with another repository: only the server decides between the two.
  CopyFolder(a().repository(), scratch / "repository");
  Instance b(*server_, "other", scratch / "repository");
  a().Throttle(kMegabyte);
  const auto jobs = BeginRestores(a(), client(), streams);
  a().proxy().HoldToServer(true);
  const Json second = b.Ask(client(), "restore.request", {{"stream", "RACE"}, {"wait", true}});
  ASSERT_TRUE(second.contains("messages")) << second;
  client().CreateStream(ConfigOf("MADE"));
  client().CreateConsumer("MADE", {{"durable_name", "theirs"}, {"ack_policy", "explicit"}});
  client().CreateStream(ConfigOf("LIKE"));
  Publish(client(), "LIKE", 0, 50);
  Cli({"stream", "restore", scratch / "TOOL", "--no-progress"});
  for (const std::string& stream : streams) foreign().Add(stream);
  a().proxy().ToServer({});
  a().proxy().HoldToServer(false);
  for (const auto& [stream, job] : jobs) {
    EXPECT_EQ(a().End(client(), job), std::make_pair(std::string("failed"), kStreamExists))
        << stream << a().jetkeep().Log();
  }
  EXPECT_EQ(foreign().Touched(), std::vector<std::string>());
  EXPECT_EQ(client().StreamInfo("RACE").at("state").at("messages"), kMessages);
  EXPECT_TRUE(a().Records().empty());
}

INSTANTIATE_TEST_SUITE_P(Servers, EveryServerOwnershipTest,
                         ::testing::ValuesIn(AllServerVersions()), VersionName);

TEST_P(OwnershipTest, WhatOthersMakeAfterAKillStays) {
  if (IsSkipped()) return;
  const std::vector<std::string> streams{"OLDER",  "EMPTY", "LIKE",   "MORE", "SEALED",
                                         "MIRROR", "OTHER", "NOBODY", "COPY"};
  for (const std::string& stream : streams) BackUpTwiceAndDelete(stream);
  // Another instance, which knows nothing of this one: a repository of its own.
  const ScratchDirectory scratch("copy");
  CopyFolder(a().repository(), scratch / "repository");
  Instance b(*server_, "other", scratch / "repository");
  a().Throttle(kMegabyte);
  BeginRestores(a(), client(), streams);
  a().jetkeep().Kill();
  a().proxy().ToServer({});

  const auto make = [&](const std::string& stream, const Json& config, std::uint64_t messages) {
    client().CreateStream(config);
    if (messages > 0) Publish(client(), stream, 0, messages);
    client().CreateConsumer(stream, {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
    foreign().Add(stream);
  };
  const Json older =
      b.Ask(client(), "restore.request", {{"backup", older_.at("OLDER")}, {"wait", true}});
  ASSERT_TRUE(older.contains("messages")) << older;
  foreign().Add("OLDER");
  make("EMPTY", ConfigOf("EMPTY"), 0);
  make("LIKE", ConfigOf("LIKE"), 300);
  make("MORE", ConfigOf("MORE"), kMessages + 10);
  make("OTHER", ConfigOf("OTHER", {{"subjects", {"elsewhere"}}, {"description", "mine"}}), 0);
  client().CreateStream({{"name", "MIRROR"}, {"mirror", {{"name", "LIKE"}}}});
  ASSERT_TRUE(Await([&] { return client().StreamInfo("MIRROR").at("state").at("messages") == 300; },
                    seconds(20)));
  foreign().Add("MIRROR");
  client().CreateStream(ConfigOf("SEALED"));
  Publish(client(), "SEALED", 0, 10);
  Json sealed = client().StreamInfo("SEALED").at("config");
  sealed["sealed"] = true;
  client().UpdateStream(sealed);
  foreign().Add("SEALED");
  EXPECT_EQ(foreign().size(), streams.size() - 2);
  // Somebody took over the configuration with the token in it, and has begun to use the stream.
  const Json copied = a().SentConfig("COPY");
  ASSERT_TRUE(HasToken(copied)) << copied;
  client().CreateStream(copied);
  client().CreateConsumer("COPY", {{"durable_name", "theirs"}, {"ack_policy", "explicit"}});

  a().jetkeep().Start();
  a().jetkeep().WaitUntilReady();
  EXPECT_TRUE(a().AwaitNoRecords()) << a().jetkeep().Log();
  EXPECT_EQ(foreign().Touched(), std::vector<std::string>()) << a().jetkeep().Log();
  EXPECT_FALSE(client().StreamExists("NOBODY"));
  ASSERT_TRUE(client().StreamExists("COPY"));
  EXPECT_EQ(client().StreamInfo("COPY").at("state").at("consumer_count"), 1);
  EXPECT_FALSE(HasToken(client().StreamInfo("COPY").at("config")));
  // They are named.
  const std::string log = a().jetkeep().Log();
  EXPECT_NE(log.find("stream LIKE is not proved to be"), std::string::npos) << log;

  // The name of a drill's stream proves nothing either.
  const std::string scratch_name = "JETKEEP_DRILL_" + older_.at("EMPTY");
  client().CreateStream({{"name", scratch_name}, {"subjects", {"jetkeep_drill.mine"}}});
  foreign().Add(scratch_name);
  const Json drilled = a().Ask(client(), "backup.verify",
                               {{"backup", older_.at("EMPTY")}, {"drill", true}, {"wait", true}});
  EXPECT_TRUE(drilled.contains("error") || drilled.dump().find("exists") != std::string::npos)
      << drilled;
  EXPECT_EQ(foreign().Touched(), std::vector<std::string>());
}

// Killed between the end of a restore and that of its job: nothing is lost, and the token goes.
TEST_P(OwnershipTest, AWholeStreamIsKeptAndLosesTheToken) {
  if (IsSkipped()) return;
  client().CreateStream(ConfigOf("W", {{"description", "of somebody"}}));
  client().CreateConsumer("W", {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
  Publish(client(), "W", 0, 200);
  const StreamDump before = DumpStream(client(), "W");
  BackUp(client(), "W");
  client().DeleteStream("W");
  // Every answer comes late to the instance, so that the stream is there long before it knows.
  a().proxy().ToClient({.delay = milliseconds(300)});
  a().Restart();
  BeginRestores(a(), client(), {"W"});
  ASSERT_TRUE(Await([&] { return client().StreamExists("W"); }, seconds(30)));
  a().jetkeep().Kill();
  ASSERT_TRUE(HasToken(client().StreamInfo("W").at("config"))) << "killed too late";
  // Nobody can tell yet that it is whole, so nobody backs it up.
  Instance b(*server_, "other");
  const Json refused = b.Ask(client(), "backup.request", {{"stream", "W"}, {"wait", true}});
  EXPECT_EQ(refused.value("error", Json::object()).value("err_code", 0), kStreamChanged) << refused;
  EXPECT_EQ(b.Ask(client(), "backup.list", Json::object()).at("total"), 0);
  EXPECT_TRUE(HasToken(client().StreamInfo("W").at("config")));

  a().proxy().ToClient({});
  a().jetkeep().Start();
  a().jetkeep().WaitUntilReady();
  EXPECT_TRUE(a().AwaitNoRecords()) << a().jetkeep().Log();
  EXPECT_FALSE(HasToken(client().StreamInfo("W").at("config")));
  EXPECT_EQ(Joined(Compare(before, DumpStream(client(), "W"))), "");
  const Json backup = b.Ask(client(), "backup.request", {{"stream", "W"}, {"wait", true}});
  ASSERT_TRUE(backup.contains("result")) << backup;
  const Json shown = b.Ask(client(), "backup.show", {{"backup", backup.at("result").at("id")}});
  EXPECT_FALSE(HasToken(shown)) << shown;
}

// Servers that stand alone take a second restore of a name, and may lose the files of both when
// they end together. On one repository the second one is refused before the server hears of it.
TEST_P(OwnershipTest, OnOneRepositoryOnlyOneRestoreOfAStreamIsSent) {
  if (IsSkipped()) return;
  BackUpTwiceAndDelete("ONE");
  Instance b(*server_, "other", a().repository());
  a().Throttle(kMegabyte);
  const auto jobs = BeginRestores(a(), client(), {"ONE"});
  const auto watch = client().Subscribe("$JS.EVENT.ADVISORY.STREAM.RESTORE_CREATE.>");
  client().Flush();
  const Json second = b.Ask(client(), "restore.request", {{"stream", "ONE"}, {"wait", true}});
  EXPECT_EQ(second.value("error", Json::object()).value("err_code", 0), kStreamExists) << second;
  EXPECT_FALSE(client().Next(watch, milliseconds(100))) << "the server was asked";
  EXPECT_EQ(a().End(client(), jobs.at("ONE")).first, "completed") << a().jetkeep().Log();
  // Both at once.
  for (int round = 0; round < 4; ++round) {
    client().DeleteStream("ONE");
    const Json one = a().Ask(client(), "restore.request", {{"stream", "ONE"}});
    const Json two = b.Ask(client(), "restore.request", {{"stream", "ONE"}});
    const auto end_one = a().End(client(), one.value("job", ""));
    const auto end_two = b.End(client(), two.value("job", ""));
    EXPECT_EQ(end_one.second + end_two.second, kStreamExists);
    EXPECT_EQ((end_one.first == "completed") + (end_two.first == "completed"), 1);
  }
  EXPECT_EQ(client().StreamInfo("ONE").at("state").at("messages"), kMessages);
  EXPECT_TRUE(a().Records().empty());
}

// A killed restore is asked for again while another instance cleans up after it.
TEST_P(OwnershipTest, ARestoreWaitsForTheCleanUpOfAnotherInstance) {
  if (IsSkipped()) return;
  BackUpTwiceAndDelete("AGAIN");
  Instance b(*server_, "other", a().repository());
  Instance c(*server_, "third", a().repository());
  a().Throttle(kMegabyte / 2);
  BeginRestores(a(), client(), {"AGAIN"});
  a().jetkeep().Kill();
  // Both at once: one of them cleans up.
  const Json first = b.Ask(client(), "restore.request", {{"stream", "AGAIN"}});
  const Json second = c.Ask(client(), "restore.request", {{"stream", "AGAIN"}});
  const auto one = b.End(client(), first.value("job", ""));
  const auto two = c.End(client(), second.value("job", ""));
  EXPECT_EQ((one.first == "completed") + (two.first == "completed"), 1)
      << one.first << one.second << two.first << two.second;
  EXPECT_EQ(one.second + two.second, kStreamExists);
  EXPECT_EQ(client().StreamInfo("AGAIN").at("state").at("messages"), kMessages);
  EXPECT_TRUE(a().AwaitNoRecords());
}

INSTANTIATE_TEST_SUITE_P(Servers, OwnershipTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

// A server may lose what it has reported as restored. Nobody calls that restored.
class LostOwnershipTest : public OwnershipTest {};

TEST_P(LostOwnershipTest, WhatIsLostBeforeTheEndIsNotReportedAsRestored) {
  if (IsSkipped()) return;
  client().CreateStream(ConfigOf("L"));
  Publish(client(), "L", 0, 200);
  BackUp(client(), "L");
  client().DeleteStream("L");
  // The stream is there long before the instance knows.
  a().proxy().ToClient({.delay = milliseconds(150)});
  a().Restart();
  const auto jobs = BeginRestores(a(), client(), {"L"});
  ASSERT_TRUE(Await([&] { return client().StreamExists("L"); }, seconds(30)));
  const Json config = client().StreamInfo("L").at("config");
  ASSERT_TRUE(HasToken(config)) << "too late";
  client().DeleteStream("L");
  client().CreateStream(config);
  EXPECT_EQ(a().End(client(), jobs.at("L")), std::make_pair(std::string("failed"), kMismatch))
      << a().jetkeep().Log();
}

INSTANTIATE_TEST_SUITE_P(Servers, LostOwnershipTest, ::testing::Values("2.10"), VersionName);

class PartOwnershipTest : public OwnershipTest {};

// Servers from 2.15 keep a part of a stream in memory whose restore was killed. Producers write
// into it until its numbers reach as far as those of the whole: it is a part all the same.
TEST_P(PartOwnershipTest, APartIsNeverCalledWholeAndNeverBackedUp) {
  if (IsSkipped()) return;
  client().CreateStream(ConfigOf("PART", {{"storage", "memory"}}));
  Publish(client(), "PART", 0, kMessages);
  BackUp(client(), "PART");
  client().DeleteStream("PART");
  a().Throttle(kMegabyte / 2);
  BeginRestores(a(), client(), {"PART"});
  ASSERT_TRUE(Await([&] { return client().StreamExists("PART"); }, seconds(30)));
  a().jetkeep().Kill();
  a().proxy().ToServer({});
  const std::uint64_t restored = client().StreamInfo("PART").at("state").at("messages");
  ASSERT_LT(restored, kMessages);
  // Another instance makes no backup of it that would be newer than the good one.
  Instance b(*server_, "other");
  const Json refused = b.Ask(client(), "backup.request", {{"stream", "PART"}, {"wait", true}});
  EXPECT_EQ(refused.value("error", Json::object()).value("err_code", 0), kStreamChanged) << refused;
  Publish(client(), "PART", 0, kMessages);
  a().jetkeep().Start();
  a().jetkeep().WaitUntilReady();
  EXPECT_TRUE(a().AwaitNoRecords()) << a().jetkeep().Log();
  const Json left = client().StreamInfo("PART");
  EXPECT_EQ(left.at("state").at("messages"), restored + kMessages);
  EXPECT_FALSE(HasToken(left.at("config")));
  const std::string log = a().jetkeep().Log();
  EXPECT_EQ(log.find("turned out to be whole"), std::string::npos) << log;
  EXPECT_NE(log.find("stream PART was made by a restore that failed"), std::string::npos) << log;
}

INSTANTIATE_TEST_SUITE_P(Servers, PartOwnershipTest, ::testing::Values("2.15"), VersionName);

// A stopped process keeps its file locks. Another takes over; the one that wakes up touches
// nothing.
class StoppedOwnershipTest : public OwnershipTest {};

TEST_P(StoppedOwnershipTest, AProcessThatWakesUpLateTouchesNothing) {
  if (IsSkipped()) return;
  const std::vector<std::string> streams{"MADE", "RESTORED", "NOBODY"};
  for (const std::string& stream : streams) BackUpTwiceAndDelete(stream);
  Instance b(*server_, "other", a().repository());
  a().Throttle(kMegabyte);
  const auto jobs = BeginRestores(a(), client(), streams);
  EXPECT_EQ(a().Records().size(), streams.size());
  a().jetkeep().process().Signal(SIGSTOP);
  // Nobody told it: it sees that nothing is renewed, and cleans up.
  EXPECT_TRUE(b.AwaitNoRecords(seconds(90))) << b.jetkeep().Log();
  for (const std::string& stream : streams) EXPECT_FALSE(client().StreamExists(stream)) << stream;
  client().CreateStream(ConfigOf("MADE"));
  client().CreateConsumer("MADE", {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
  foreign().Add("MADE");
  const Json restored =
      b.Ask(client(), "restore.request", {{"stream", "RESTORED"}, {"wait", true}});
  ASSERT_TRUE(restored.contains("messages")) << restored << b.jetkeep().Log();
  foreign().Add("RESTORED");
  a().jetkeep().process().Signal(SIGCONT);
  for (const auto& [stream, job] : jobs) {
    EXPECT_EQ(a().End(client(), job), std::make_pair(std::string("failed"), kLeaseLost))
        << stream << a().jetkeep().Log();
  }
  EXPECT_EQ(foreign().Touched(), std::vector<std::string>()) << a().jetkeep().Log();
  EXPECT_FALSE(client().StreamExists("NOBODY"));
}

// A backup writes into a place of its own, so the one that wakes up can begin again.
TEST_P(StoppedOwnershipTest, ABackupThatLostItsPlaceIsTriedAgain) {
  if (IsSkipped()) return;
  client().CreateStream(ConfigOf("S"));
  client().PublishMany(2000, [](std::uint64_t i) {
    return OutgoingMessage{"S.a", std::string(1000, static_cast<char>('a' + i % 26)), ""};
  });
  a().proxy().ToClient({.bytes_per_second = kMegabyte / 2});
  a().Restart();
  const Json begun = a().Ask(client(), "backup.request", {{"stream", "S"}});
  ASSERT_TRUE(begun.contains("job")) << begun;
  const auto unfinished = [&] {
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(a().repository())) {
      if (entry.path().string().find(".pending") != std::string::npos) ++files;
    }
    return files;
  };
  ASSERT_TRUE(Await([&] { return unfinished() > 0; }, seconds(20)));
  a().jetkeep().process().Signal(SIGSTOP);
  Instance b(*server_, "other", a().repository());
  EXPECT_TRUE(Await([&] { return unfinished() == 0; }, seconds(60))) << b.jetkeep().Log();
  a().jetkeep().process().Signal(SIGCONT);
  EXPECT_EQ(a().End(client(), begun.at("job")), std::make_pair(std::string("completed"), 0))
      << a().jetkeep().Log();
  EXPECT_NE(a().jetkeep().Log().find("lease"), std::string::npos) << a().jetkeep().Log();
}

INSTANTIATE_TEST_SUITE_P(Servers, StoppedOwnershipTest, ::testing::Values("2.10", "2.15"),
                         VersionName);

// Clusters keep names without streams.
class ClusterOwnershipTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ClusterOwnershipTest, NamesWithoutAStreamGoOnlyIfTheyAreProvedToBeOurs) {
  JETKEEP_NEEDS_SERVER(GetParam());
  NatsCluster cluster({.version = GetParam()});
  JetStreamClient client(cluster.Url());
  Instance a(cluster.node(0), "");
  const std::vector<std::string> streams{"OURS1", "OURS3", "THEIRS", "TAKEN"};
  std::map<std::string, Json> infos;
  for (const std::string& stream : streams) {
    client.CreateStream(ConfigOf(stream, {{"num_replicas", stream == "OURS3" ? 3 : 1}}));
    Publish(client, stream, 0, kMessages);
    infos[stream] = client.StreamInfo(stream);
    BackUp(client, stream);
    client.DeleteStream(stream);
  }
  const auto names = [&] {
    std::set<std::string> found;
    const Json listed = client.Api("STREAM.NAMES").at("streams");
    for (const Json& name : listed.is_array() ? listed : Json::array()) found.insert(name);
    return found;
  };
  // Somebody else restores, and has sent nothing yet.
  const auto begin_foreign = [&](const std::string& stream) {
    const Json& info = infos.at(stream);
    const Json begun = client.Api("STREAM.RESTORE." + stream,
                                  {{"config", info.at("config")}, {"state", info.at("state")}});
    EXPECT_TRUE(begun.contains("deliver_subject")) << begun;
    EXPECT_TRUE(Await([&] { return names().contains(stream); }, seconds(10)));
  };
  ASSERT_TRUE(Await([&] { return names().empty(); }, seconds(20)));
  begin_foreign("TAKEN");
  const Json refused =
      a.Ask(client, "restore.request", {{"stream", "TAKEN"}, {"wait", true}}, seconds(60));
  ASSERT_TRUE(refused.contains("error")) << refused;
  EXPECT_EQ(refused.at("error").at("err_code"), kStreamExists) << refused;
  EXPECT_NE(refused.dump().find("nats stream rm TAKEN"), std::string::npos) << refused;
  EXPECT_TRUE(names().contains("TAKEN"));

  a.Throttle(kMegabyte / 2);
  BeginRestores(a, client, {"OURS1", "OURS3", "THEIRS"});
  a.jetkeep().Kill();
  a.proxy().ToServer({});
  // A server that has not given up the killed restore yet (5 s) may remove the name once more when
  // it does, whoever has it by then.
  std::this_thread::sleep_for(seconds(7));
  client.DeleteStream("THEIRS");
  EXPECT_TRUE(Await([&] { return !names().contains("THEIRS"); }, seconds(10)));
  begin_foreign("THEIRS");
  a.jetkeep().Start();
  a.jetkeep().WaitUntilReady();
  EXPECT_TRUE(a.AwaitNoRecords(seconds(120))) << a.jetkeep().Log();
  EXPECT_EQ(names(), (std::set<std::string>{"TAKEN", "THEIRS"})) << a.jetkeep().Log();
  EXPECT_NE(a.jetkeep().Log().find("nats stream rm THEIRS"), std::string::npos);
  // What was freed can be restored.
  for (const std::string stream : {"OURS1", "OURS3"}) {
    RestoreNewest(client, stream);
    EXPECT_EQ(client.StreamInfo(stream).at("state").at("messages"), kMessages);
    EXPECT_FALSE(HasToken(client.StreamInfo(stream).at("config")));
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, ClusterOwnershipTest, ::testing::Values("2.10", "2.15"),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing

// Backups written into the data directory of a server that does not run: it starts with them, and
// they are what they were. Servers take no lock on their store, so Jetkeep looks for them.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/integration/stream_kinds.h"
#include "tests/support/await.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kPartly = 3;
constexpr int kStreamExists = 13;
constexpr int kJobConflict = 14;
constexpr int kRestoreRefused = 41;
constexpr int kConfigUnsupported = 46;

std::string Said(const ProgramResult& result) { return result.output + result.error; }

// Everything below a directory, with contents: what must not change.
std::map<std::string, std::string> FilesOf(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path()] = entry.is_regular_file()
                              ? std::string(std::istreambuf_iterator<char>(file), {})
                              : std::string();
  }
  return files;
}

// Streams of one server, backed up.
class Source {
 public:
  explicit Source(const std::string& version) : site_({.server = {.version = version}}) {
    streams_ = MakeStreams(site_.client(), version);
    std::erase(streams_, "MEM");
    before_ = DumpAll(site_.client(), streams_);
    for (const std::string& stream : streams_) {
      const Outcome outcome = site_.BackUp(stream);
      if (!outcome.completed()) throw std::runtime_error(outcome.Text());
    }
  }
  Site& site() { return site_; }
  const std::string& repository() { return site_.jetkeep().repository(); }
  const std::map<std::string, StreamDump>& before() const { return before_; }
  ProgramResult Export(std::vector<std::string> arguments, const std::string& store,
                       const std::string& version, bool stopped = true) {
    arguments.insert(arguments.begin(), "export");
    for (const std::string& word :
         {std::string("--store-dir"), store, std::string("--server-version"), FullVersion(version),
          std::string("--repository"), repository()}) {
      arguments.push_back(word);
    }
    if (stopped) arguments.emplace_back("--server-stopped");
    return RunJetkeep(arguments);
  }

 private:
  Site site_;
  std::vector<std::string> streams_;
  std::map<std::string, StreamDump> before_;
};

class StoppedServerTest : public ::testing::TestWithParam<std::string> {};

TEST_P(StoppedServerTest, AServerStartsWithWhatWasWrittenAndItIsExact) {
  for (const std::string from : {"2.9", "2.15"}) {
    SCOPED_TRACE("from " + from);
    Source source(from);
    NatsServer server({.version = GetParam()});
    {
      JetStreamClient client(server.Url());
      client.CreateStream({{"name", "OTHER"}, {"subjects", {"other"}}});
      client.PublishAcked("other", "stays");
    }
    server.Stop();
    const ProgramResult exported = source.Export({"--all"}, server.store_dir(), GetParam());
    ASSERT_EQ(exported.exit_code, 0) << Said(exported);
    server.Start();
    // Older servers answer with fewer fields.
    EXPECT_EQ(DifferenceOf(server, source.before(), {.config = from == GetParam()}), "");
    JetStreamClient client(server.Url());
    EXPECT_EQ(client.StreamInfo("OTHER").at("state").at("messages"), 1);
    const auto last = source.before().at("ORDERS").state.at("last_seq").get<std::uint64_t>();
    client.PublishAcked("orders.new", "more");
    EXPECT_EQ(client.StreamInfo("ORDERS").at("state").at("last_seq"), last + 1);
    EXPECT_EQ(client.StreamInfo("ORDERS").at("state").at("messages"),
              source.before().at("ORDERS").state.at("messages").get<std::uint64_t>() + 1);
    // Again into the same one: nothing is replaced.
    server.Stop();
    const auto files = FilesOf(server.store_dir());
    const ProgramResult again = source.Export({"ORDERS"}, server.store_dir(), GetParam());
    EXPECT_EQ(again.exit_code, kStreamExists) << Said(again);
    EXPECT_EQ(FilesOf(server.store_dir()), files);
  }
}

TEST_P(StoppedServerTest, AnEncryptedStoreTakesItToo) {
  Source source("2.10");
  for (const std::string cipher : {"aes", "chacha"}) {
    NatsServer server({.version = GetParam(), .cipher = cipher});
    server.Stop();
    const ProgramResult exported =
        source.Export({"--stream", "ORDERS", "--stream", "WORK"}, server.store_dir(), GetParam());
    ASSERT_EQ(exported.exit_code, 0) << Said(exported);
    server.Start();
    EXPECT_EQ(DifferenceOf(
                  server,
                  {{"ORDERS", source.before().at("ORDERS")}, {"WORK", source.before().at("WORK")}},
                  {.config = GetParam() == "2.10"}),
              "")
        << cipher;
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, StoppedServerTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

TEST(StoppedServerUseTest, AServerThatRunsIsSeenAndWithoutAWordNothingIsBelieved) {
  Source source("2.10");
  NatsServer server({.version = "2.10"});
  {
    JetStreamClient client(server.Url());
    client.CreateStream({{"name", "OTHER"}, {"subjects", {"other"}}});
    client.PublishAcked("other", "stays");
  }
  const ProgramResult running = source.Export({"ORDERS"}, server.store_dir(), "2.10");
  EXPECT_EQ(running.exit_code, kJobConflict) << Said(running);
  EXPECT_NE(Said(running).find("nats-server (process " + std::to_string(server.pid()) + ")"),
            std::string::npos)
      << Said(running);
  // An idle server has no file open: its configuration names the directory.
  server.Stop();
  server.Start();
  for (const std::string& place : {server.store_dir(), server.store_dir() + "/jetstream/../"}) {
    const ProgramResult idle = source.Export({"ORDERS"}, place, "2.10");
    EXPECT_EQ(idle.exit_code, kJobConflict) << Said(idle);
    EXPECT_NE(Said(idle).find("nats-server (process " + std::to_string(server.pid()) + ")"),
              std::string::npos)
        << Said(idle);
  }
  const ProgramResult read =
      RunJetkeep({"salvage", server.store_dir() + "/jetstream/$G", "--list"});
  EXPECT_EQ(read.exit_code, kJobConflict) << Said(read);
  server.Stop();
  const auto files = FilesOf(server.store_dir());
  const ProgramResult unsaid = source.Export({"ORDERS"}, server.store_dir(), "2.10", false);
  EXPECT_EQ(unsaid.exit_code, kJobConflict) << Said(unsaid);
  EXPECT_NE(Said(unsaid).find("--server-stopped"), std::string::npos) << Said(unsaid);
  EXPECT_EQ(FilesOf(server.store_dir()), files);
  // Somebody writes without keeping anything open.
  bool stop = false;
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      std::ofstream(server.store_dir() + "/jetstream/$G/streams/OTHER/msgs/1.blk", std::ios::app)
          .flush();
      std::ofstream(server.store_dir() + "/jetstream/written") << i;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  const ProgramResult written = source.Export({"ORDERS"}, server.store_dir(), "2.10");
  stop = true;
  writer.join();
  EXPECT_EQ(written.exit_code, kJobConflict) << Said(written);
  EXPECT_FALSE(fs::exists(server.store_dir() + "/jetstream/$G/streams/ORDERS"));
}

TEST(StoppedServerUseTest, WhatIsNoPlaceForAStreamIsRefusedAndNothingChanges) {
  Source source("2.15");
  ScratchDirectory scratch("stopped");
  const std::string plain = scratch / "plain";
  fs::create_directories(plain + "/something");
  ProgramResult refused = source.Export({"ORDERS"}, plain, "2.15");
  EXPECT_EQ(refused.exit_code, 2) << Said(refused);
  refused = source.Export({"ORDERS"}, scratch / "absent", "2.15");
  EXPECT_EQ(refused.exit_code, 2) << Said(refused);

  const std::string several = scratch / "several";
  fs::create_directories(several + "/jetstream/A/streams");
  fs::create_directories(several + "/jetstream/B/streams");
  refused = source.Export({"ORDERS"}, several, "2.15");
  EXPECT_EQ(refused.exit_code, 2) << Said(refused);
  EXPECT_NE(Said(refused).find("A, B"), std::string::npos) << Said(refused);
  refused = source.Export({"ORDERS", "--store-account", "../A"}, several, "2.15");
  EXPECT_EQ(refused.exit_code, 2) << Said(refused);

  // Whatever name the system account has.
  const std::string clustered = scratch / "clustered";
  const std::string named = scratch / "named";
  fs::create_directories(clustered + "/jetstream/$SYS/_js_/_meta_");
  fs::create_directories(named + "/jetstream/SYSTEM/_js_/_meta_");
  fs::create_directories(named + "/jetstream/APP/streams");
  for (const std::string& cluster : {clustered, named}) {
    refused = source.Export({"ORDERS", "--store-account", "APP"}, cluster, "2.15");
    EXPECT_EQ(refused.exit_code, kRestoreRefused) << Said(refused);
  }

  // A server follows links, and may use what is behind.
  const std::string linked = scratch / "linked";
  fs::create_directories(linked + "/jetstream");
  fs::create_directories(linked + "/elsewhere/streams");
  fs::create_directory_symlink(linked + "/elsewhere", linked + "/jetstream/$G");
  refused = source.Export({"ORDERS"}, linked, "2.15");
  EXPECT_EQ(refused.exit_code, 2) << Said(refused);
  EXPECT_NE(Said(refused).find("symbolic link"), std::string::npos) << Said(refused);

  for (const std::string& directory : {plain, several, clustered, named, linked}) {
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      EXPECT_FALSE(entry.is_regular_file()) << entry.path();
    }
  }
}

TEST(StoppedServerUseTest, TheChosenAccountAndTheOwnersOfItsFolderAreKept) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  Source source("2.10");
  ScratchDirectory scratch("stopped");
  const std::string store = scratch / "store";
  fs::create_directories(store + "/jetstream/A/streams");
  fs::create_directories(store + "/jetstream/B/streams");
  const std::string streams = store + "/jetstream/B/streams";
  ASSERT_EQ(chown(streams.c_str(), 4711, 4712), 0);
  ASSERT_EQ(chmod(streams.c_str(), 0750), 0);
  const ProgramResult exported = source.Export({"ORDERS", "--store-account", "B"}, store, "2.10");
  ASSERT_EQ(exported.exit_code, 0) << Said(exported);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(streams)) {
    struct stat about {};
    ASSERT_EQ(lstat(entry.path().c_str(), &about), 0);
    EXPECT_EQ(about.st_uid, 4711U) << entry.path();
    EXPECT_EQ(about.st_gid, 4712U) << entry.path();
    EXPECT_EQ(about.st_mode & 0777U, S_ISDIR(about.st_mode) ? 0750U : 0640U) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 6);
  EXPECT_TRUE(fs::is_empty(store + "/jetstream/A/streams"));
}

TEST(StoppedServerUseTest, WhatTheServerWouldNotLoadIsRefusedByThePlanOfARestore) {
  Site site({.server = {.version = "2.15"}});
  site.Fill("TTL", 10, 50, {{"allow_msg_ttl", true}});
  site.Fill("MEM", 10, 50, {{"storage", "memory"}});
  for (const std::string stream : {"TTL", "MEM"}) {
    ASSERT_TRUE(site.BackUp(stream).completed());
  }
  ScratchDirectory scratch("stopped");
  const auto run = [&](std::vector<std::string> arguments, const std::string& store) {
    fs::create_directories(store);
    arguments.insert(arguments.begin(), "export");
    for (const std::string& word :
         {std::string("--store-dir"), store, std::string("--server-version"),
          std::string("2.10.27"), std::string("--server-stopped"), std::string("--repository"),
          site.jetkeep().repository()}) {
      arguments.push_back(word);
    }
    return RunJetkeep(arguments);
  };
  ProgramResult result = run({"TTL"}, scratch / "a");
  EXPECT_EQ(result.exit_code, kConfigUnsupported) << Said(result);
  result = run({"MEM"}, scratch / "a");
  EXPECT_EQ(result.exit_code, kRestoreRefused) << Said(result);
  EXPECT_TRUE(fs::is_empty(scratch / "a"));
  result = run({"--all", "--drop-unknown"}, scratch / "b");
  EXPECT_EQ(result.exit_code, kPartly) << Said(result);
  EXPECT_NE(Said(result).find("allow_msg_ttl"), std::string::npos) << Said(result);
  EXPECT_EQ(Said(result).find("warning: warning:"), std::string::npos) << Said(result);
  EXPECT_TRUE(fs::exists(scratch / "b/jetstream/$G/streams/TTL/meta.inf"));
  EXPECT_FALSE(fs::exists(scratch / "b/jetstream/$G/streams/MEM"));

  // Subjects of a stream that is there.
  NatsServer server({.version = "2.10"});
  {
    JetStreamClient client(server.Url());
    client.CreateStream({{"name", "OVERLAPS"}, {"subjects", {"TTL.>"}}});
  }
  server.Stop();
  result = run({"TTL", "--drop-unknown"}, server.store_dir());
  EXPECT_EQ(result.exit_code, kRestoreRefused) << Said(result);
  EXPECT_NE(Said(result).find("OVERLAPS"), std::string::npos) << Said(result);
}

TEST(StoppedServerUseTest, ManyStreamsAppearInGroupsAndAnUnknownVersionIsSaid) {
  constexpr int kStreams = 120;  // more than one group
  Site site({.server = {.version = "2.15"}});
  for (int i = 0; i < kStreams; ++i) {
    const std::string stream = "S" + std::to_string(i);
    site.Fill(stream, 3, 20);
    ASSERT_TRUE(site.BackUp(stream).completed());
  }
  NatsServer server({.version = "2.15"});
  server.Stop();
  const auto run = [&](const std::string& store, const std::string& version) {
    return RunJetkeep({"export", "--all", "--store-dir", store, "--server-version", version,
                       "--server-stopped", "--repository", site.jetkeep().repository()});
  };
  const ProgramResult exported = run(server.store_dir(), FullVersion("2.15"));
  ASSERT_EQ(exported.exit_code, 0) << Said(exported);
  EXPECT_EQ(Said(exported).find("is not known"), std::string::npos) << Said(exported);
  server.Start();
  JetStreamClient client(server.Url());
  for (int i = 0; i < kStreams; ++i) {
    const Json info = client.StreamInfo("S" + std::to_string(i));
    EXPECT_EQ(info.at("state").at("messages"), 3) << info;
  }
  ScratchDirectory scratch("stopped");
  const ProgramResult future = run(scratch.path(), "2.99.0");
  EXPECT_EQ(future.exit_code, 0) << Said(future);
  EXPECT_NE(Said(future).find("version 2.99 reads what is written is not known"), std::string::npos)
      << Said(future);
}

TEST(StoppedServerUseTest, AStreamOfThreeReplicasComesBackAsOne) {
  NatsCluster cluster({.version = "2.10"});
  JetkeepProcess jetkeep({.server_url = cluster.Url()});
  JetStreamClient client(cluster.Url());
  // The leader of a new cluster counts its peers as offline for a moment.
  const Json config{{"name", "R3"}, {"subjects", {"r3"}}, {"num_replicas", 3}};
  Await([&] { return !client.TryApi("STREAM.CREATE.R3", config).contains("error"); },
        std::chrono::seconds(10));
  client.PublishMany(100, [](std::uint64_t i) {
    return OutgoingMessage{"r3", std::to_string(i), ""};
  });
  client.CreateConsumer("R3",
                        {{"durable_name", "w"}, {"ack_policy", "explicit"}, {"num_replicas", 3}});
  AwaitReplicas(client, "R3");
  std::vector<NatsMessage> some;
  Await([&] { return !(some = client.Fetch("R3", "w", 3)).empty(); }, std::chrono::seconds(10));
  ASSERT_FALSE(some.empty());
  client.Ack(some.front());
  StreamDump before = DumpStream(client, "R3");
  const Json backed = Ask(client, "backup.request", {{"stream", "R3"}, {"wait", true}});
  ASSERT_FALSE(backed.contains("error")) << backed;
  NatsServer server({.version = "2.10"});
  server.Stop();
  const ProgramResult result =
      RunJetkeep({"export", "R3", "--store-dir", server.store_dir(), "--server-version", "2.10.27",
                  "--server-stopped", "--repository", jetkeep.repository()});
  ASSERT_EQ(result.exit_code, 0) << Said(result);
  EXPECT_NE(Said(result).find("warning: R3: the stream had 3 replicas"), std::string::npos)
      << Said(result);
  EXPECT_NE(Said(result).find("not checked"), std::string::npos) << Said(result);
  EXPECT_EQ(Said(result).find("whether one of version"), std::string::npos) << Said(result);
  server.Start();
  before.consumers.at("w").at("config")["num_replicas"] = 0;  // as the stream
  EXPECT_EQ(DifferenceOf(server, {{"R3", before}}, {.config = false}), "");
}

}  // namespace
}  // namespace jetkeep::testing

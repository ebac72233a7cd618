// Backups from the store directories of servers that were killed: what a client saw before is what
// they hold, and what files lost is named. The judge is the dump of each stream before the kill.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/integration/stream_kinds.h"

namespace jetkeep::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kPartly = 3;
constexpr int kBackupNotFound = 11;
constexpr int kJobConflict = 14;
constexpr int kStreamDamaged = 30;
constexpr int kArchiveCorrupt = 31;
constexpr std::uint64_t kBlockMessages = 900;

std::string NumberOf(const std::string& version) {
  static const std::map<std::string, std::string> numbers{
      {"2.9", "2.9.10"},   {"2.10", "2.10.27"}, {"2.11", "2.11.17"}, {"2.12", "2.12.15"},
      {"2.14", "2.14.10"}, {"2.15", "2.15.1"},  {"2.15.3", "2.15.3"}};
  return numbers.at(version);
}

std::string Said(const ProgramResult& result) { return result.output + result.error; }

// Everything below a directory: contents, sizes, modes and times, but for those of reading.
std::map<std::string, std::string> Picture(const std::string& directory) {
  std::map<std::string, std::string> picture;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    struct stat about {};
    lstat(entry.path().c_str(), &about);
    std::ifstream file(entry.path(), std::ios::binary);
    picture[entry.path()] =
        std::to_string(about.st_ino) + " " + std::to_string(about.st_mode) + " " +
        std::to_string(about.st_mtim.tv_sec) + "." + std::to_string(about.st_mtim.tv_nsec) + " " +
        std::to_string(about.st_ctim.tv_sec) + "." + std::to_string(about.st_ctim.tv_nsec) + " " +
        (entry.is_regular_file() ? std::string(std::istreambuf_iterator<char>(file), {})
                                 : std::string());
  }
  return picture;
}

// A stream of several small blocks, with deleted messages in and at the ends of them.
void MakeBlocks(JetStreamClient& client, const std::string& name, const Json& more) {
  Json config = {{"name", name}, {"subjects", {name + ".>"}}, {"max_bytes", 1'200'000}};
  config.update(more);
  client.CreateStream(config);
  const auto publish = [&](std::uint64_t from, std::uint64_t count) {
    client.PublishMany(count, [&](std::uint64_t i) {
      const std::uint64_t number = from + i;
      return OutgoingMessage{name + "." + std::to_string(number % 3),
                             NumberedPayload(number, 1000), ""};
    });
  };
  publish(0, 700);
  // Where limits have not removed them before. Not at the end: what limits made room for then,
  // only the running server knows.
  for (const std::uint64_t sequence : {5U, 6U, 299U, 300U, 301U, 699U, 700U}) {
    client.TryApi("STREAM.MSG.DELETE." + name, {{"seq", sequence}});
  }
  publish(700, kBlockMessages - 700);
}

class Store {
 public:
  explicit Store(const std::string& version, const std::string& cipher = {},
                 const std::string& jetstream = {})
      : version_(version),
        scratch_("salvage"),
        server_({.version = version, .cipher = cipher, .jetstream_config = jetstream}) {}

  NatsServer& server() { return server_; }
  const std::string& version() const { return version_; }
  std::string directory() const { return server_.store_dir(); }
  std::string repository() const { return scratch_ / "repository"; }
  std::string Place(const std::string& name) const { return scratch_ / name; }
  std::string Stream(const std::string& stream) const {
    return directory() + "/jetstream/$G/streams/" + stream;
  }
  ProgramResult Run(std::vector<std::string> arguments,
                    const std::map<std::string, std::string>& environment = {}) const {
    arguments.emplace_back("--repository");
    arguments.push_back(repository());
    return RunJetkeep(arguments, environment);
  }
  // Of one stream, as --json tells it; `code` is what the program has to end with.
  Json Salvage(const std::string& stream, int code, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"salvage", directory(), "--stream", stream, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, code) << Said(result);
    const Json report = Json::parse(result.output);
    return report.contains("streams") ? report.at("streams").at(0) : report;
  }
  // The newest backups in a server of the same version, against what was seen before.
  std::string Difference(const std::map<std::string, StreamDump>& before,
                         const CompareOptions& options = {}) {
    NatsServer fresh({.version = version_});
    fresh.Stop();
    std::vector<std::string> arguments = {"export"};
    for (const auto& [stream, dump] : before) {
      arguments.emplace_back("--stream");
      arguments.push_back(stream);
    }
    for (const std::string& word : {std::string("--store-dir"), fresh.store_dir(),
                                    std::string("--server-version"), NumberOf(version_),
                                    std::string("--server-stopped")}) {
      arguments.push_back(word);
    }
    const ProgramResult exported = Run(arguments);
    if (exported.exit_code != 0) return Said(exported);
    fresh.Start();
    return DifferenceOf(fresh, before, options);
  }

 private:
  const std::string version_;
  ScratchDirectory scratch_;
  NatsServer server_;
};

// Consumers write where they stand a moment later.
void WaitForConsumerFiles() { std::this_thread::sleep_for(std::chrono::milliseconds(500)); }

class SalvageTest : public ::testing::TestWithParam<std::string> {};

TEST_P(SalvageTest, WhatAKilledServerHeldIsInTheBackups) {
  Store store(GetParam());
  std::map<std::string, StreamDump> before;
  {
    JetStreamClient client(store.server().Url());
    std::vector<std::string> streams = MakeStreams(client, GetParam());
    std::erase(streams, "MEM");
    MakeBlocks(client, "BLOCKS", Json::object());
    streams.emplace_back("BLOCKS");
    // Messages that limits have removed without a word in the files.
    MakeBlocks(client, "COUNT", {{"max_msgs", 500}});
    MakeBlocks(client, "BYTES", {{"max_bytes", 400'000}});
    MakeBlocks(client, "LATEST", {{"max_msgs_per_subject", 20}});
    for (const char* name : {"COUNT", "BYTES", "LATEST"}) streams.emplace_back(name);
    if (AtLeast(GetParam(), "2.10")) {
      MakeBlocks(client, "PACKED", {{"compression", "s2"}});
      streams.emplace_back("PACKED");
    }
    client.CreateStream({{"name", "CUT"}, {"subjects", {"cut"}}});
    client.PublishMany(50, [](std::uint64_t i) {
      return OutgoingMessage{"cut", std::to_string(i), ""};
    });
    client.PurgeStream("CUT", {{"seq", 31}});
    streams.emplace_back("CUT");
    before = DumpAll(client, streams);
    WaitForConsumerFiles();
  }
  store.server().Kill();
  const auto picture = Picture(store.directory());
  const ProgramResult result = store.Run({"salvage", store.directory(), "--json"});
  EXPECT_EQ(Picture(store.directory()), picture);
  const Json report = Json::parse(result.output);
  for (const Json& stream : report.at("streams")) {
    // Of a mirror that began behind deleted messages, nothing tells what was before.
    if (stream.at("stream") == "ZMIRROR") {
      EXPECT_EQ(stream.at("lost").at("count"), 0) << stream;
      EXPECT_LE(stream.at("unknown").at("count"), 2) << stream;
    } else if (stream.at("stream") != "MEM") {
      EXPECT_TRUE(stream.at("whole")) << stream;
    }
  }
  EXPECT_EQ(store.Difference(before), "");
}

INSTANTIATE_TEST_SUITE_P(Servers, SalvageTest, ::testing::ValuesIn(ServerVersions()), VersionName);

}  // namespace
}  // namespace jetkeep::testing

// Backups from the store directories of servers that were killed: what a client saw before is what
// they hold, and what files lost is named. The judge is the dump of each stream before the kill.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "protocol/v1/record.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/integration/stream_kinds.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kPartly = 3;
constexpr int kBackupNotFound = 11;
constexpr int kJobConflict = 14;
constexpr int kStreamDamaged = 30;
constexpr std::uint64_t kBlockMessages = 900;

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
  Json config = {{"name", name}, {"subjects", {name + ".>"}}, {"max_bytes", 127'000}};
  config.update(more);
  // A young cluster on a busy machine may need several attempts.
  for (int attempt = 1;; ++attempt) {
    try {
      client.CreateStream(config);
      break;
    } catch (const std::runtime_error&) {
      if (attempt == 6) throw;
    }
  }
  const auto publish = [&](std::uint64_t from, std::uint64_t count) {
    client.PublishMany(count, [&](std::uint64_t i) {
      const std::uint64_t number = from + i;
      return OutgoingMessage{name + "." + std::to_string(number % 3),
                             NumberedPayload(number, 50) + std::string(30, 'x'), ""};
    });
  };
  publish(0, 700);
  // Where limits have not removed them before. Not at the end: what limits made room for then,
  // only the running server knows.
  for (const std::uint64_t sequence : {5U, 6U, 299U, 300U, 301U, 699U, 700U}) {
    // 2.10 writes an erased record into a compressed block where it would be in a plain one, and
    // destroys it.
    client.TryApi("STREAM.MSG.DELETE." + name,
                  {{"seq", sequence}, {"no_erase", sequence % 2 == 0 || name == "PACKED"}});
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
  // The newest backups in a server of the same version, against what was seen before. by_id: of
  // streams whose backup may lack messages, so that it is taken only by its id.
  std::string Difference(const std::map<std::string, StreamDump>& before,
                         const std::map<std::string, std::string>& by_id = {},
                         const CompareOptions& options = {}) {
    NatsServer fresh({.version = version_});
    fresh.Stop();
    std::vector<std::string> named;
    for (const auto& [stream, dump] : before) {
      if (by_id.count(stream) != 0) continue;
      named.emplace_back("--stream");
      named.push_back(stream);
    }
    std::vector<std::vector<std::string>> exports{named};
    for (const auto& [stream, id] : by_id) exports.push_back({id});
    for (std::vector<std::string>& arguments : exports) {
      arguments.insert(arguments.begin(), "export");
      for (const std::string& word :
           {std::string("--store-dir"), fresh.store_dir(), std::string("--server-version"),
            FullVersion(version_), std::string("--server-stopped")}) {
        arguments.push_back(word);
      }
      const ProgramResult exported = Run(arguments);
      if (exported.exit_code != 0) return Said(exported);
    }
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

// Followers write late: until every block holds something, and none grows any more.
void WaitForBlocks(const std::vector<std::string>& directories, const std::string& stream) {
  std::vector<std::uintmax_t> before;
  for (int i = 0; i < 100; ++i) {
    std::vector<std::uintmax_t> sizes;
    for (const std::string& directory : directories) {
      for (const std::string& block : BlockFiles(directory, stream)) {
        sizes.push_back(fs::file_size(block));
      }
    }
    if (sizes == before && std::find(sizes.begin(), sizes.end(), 0U) == sizes.end()) return;
    before = std::move(sizes);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  FAIL() << "blocks of " << stream << " are empty, or still grow";
}

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
    MakeBlocks(client, "BYTES", {{"max_bytes", 64'000}});
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
  if (GetParam() == "2.9") {
    // Servers before 2.10 have the last deletions nowhere but in memory, and have forgotten them
    // themselves when they start again.
    store.server().Stop();
  } else {
    store.server().Kill();
  }
  const auto picture = Picture(store.directory());
  const ProgramResult result = store.Run({"salvage", store.directory(), "--json"});
  EXPECT_EQ(Picture(store.directory()), picture);
  const Json report_streams = Json::parse(result.output).at("streams");
  std::map<std::string, std::string> by_id;
  for (const Json& stream : report_streams) {
    // Of a mirror that began behind deleted messages, nothing tells what was before; nor of whole
    // blocks that a limit for each subject has emptied, without a later index.
    const std::string name = stream.at("stream");
    if (name == "ZMIRROR" || name == "LATEST") {
      EXPECT_EQ(stream.at("lost").at("count"), 0) << stream;
      if (name == "ZMIRROR") {
        EXPECT_LE(stream.at("unknown").at("count"), 2) << stream;
      }
      const Json& backup = stream.at("backup");
      EXPECT_EQ(backup.at("condition") == "complete", stream.at("unknown").at("count") == 0);
      if (backup.at("condition") == "damaged") by_id[name] = backup.at("id");
    } else if (stream.at("stream") != "MEM") {
      EXPECT_TRUE(stream.at("whole")) << stream;
    }
  }
  EXPECT_EQ(store.Difference(before, by_id), "");
}

// What was seen before of the stream is in the backup, or named by the report; the rest of the
// backup is as it was seen.
void ExpectAccountedFor(const StreamDump& before, const StreamDump& after, const Json& report) {
  SCOPED_TRACE(before.stream);
  std::set<std::uint64_t> named;
  for (const char* kind : {"lost", "unknown"}) {
    for (const Json& range : report.at(kind).at("ranges")) {
      const std::uint64_t last = range.at("last");
      for (std::uint64_t i = range.at("first"); i <= last; ++i) named.insert(i);
    }
  }
  std::map<std::uint64_t, DumpedMessage> then;
  for (const DumpedMessage& message : before.messages) then[message.sequence] = message;
  for (const DumpedMessage& message : after.messages) {
    const auto found = then.find(message.sequence);
    ASSERT_NE(found, then.end()) << "sequence " << message.sequence << " came back";
    EXPECT_EQ(found->second, message) << message.sequence;
    EXPECT_FALSE(named.contains(message.sequence)) << message.sequence;
    then.erase(found);
  }
  const std::uint64_t last = after.state.at("last_seq");
  for (const auto& [sequence, message] : then) {
    EXPECT_TRUE(named.contains(sequence) ||
                (report.at("end_is_damaged").get<bool>() && sequence > last))
        << "sequence " << sequence << " is missing and not named";
  }
}

class SalvageDamageTest : public ::testing::TestWithParam<std::string> {};

TEST_P(SalvageDamageTest, WhatFilesLostIsNamedAndTheRestIsThere) {
  Store store(GetParam());
  std::vector<std::string> streams = {"FLIPPED", "LENGTH", "TORN", "GONE", "HEADLESS", "SUM"};
  if (AtLeast(GetParam(), "2.10")) streams.emplace_back("PACKED");
  std::map<std::string, StreamDump> before;
  {
    JetStreamClient client(store.server().Url());
    for (const std::string& stream : streams) {
      MakeBlocks(client, stream, stream == "PACKED" ? Json{{"compression", "s2"}} : Json::object());
    }
    for (const char* consumer : {"whole", "stateless", "sumless", "torn"}) {
      client.CreateConsumer("SUM", {{"durable_name", consumer}, {"ack_policy", "explicit"}});
      client.Ack(client.Fetch("SUM", consumer, 3).at(0));
    }
    before = DumpAll(client, streams);
    WaitForConsumerFiles();
  }
  store.server().Kill();
  const auto block = [&](const std::string& stream, std::size_t number) {
    return BlockFiles(store.directory(), stream).at(number);
  };
  FlipBytes(block("FLIPPED", 1), fs::file_size(block("FLIPPED", 1)) / 2, 4);
  FlipBytes(block("LENGTH", 1), 0, 3);
  const std::string torn = BlockFiles(store.directory(), "TORN").back();
  fs::resize_file(torn, fs::file_size(torn) - 500);
  fs::remove(block("GONE", 1));
  fs::remove(block("HEADLESS", 0));
  FlipBytes(store.Stream("SUM") + "/meta.sum", 3, 1);
  fs::remove(store.Stream("SUM") + "/obs/stateless/o.dat");
  fs::remove(store.Stream("SUM") + "/obs/sumless/meta.sum");
  fs::resize_file(store.Stream("SUM") + "/obs/torn/o.dat", 5);
  if (AtLeast(GetParam(), "2.10")) {
    FlipBytes(block("PACKED", 0), fs::file_size(block("PACKED", 0)) / 2, 4);
  }

  const auto picture = Picture(store.directory());
  const ProgramResult result = store.Run({"salvage", store.directory(), "--json"});
  EXPECT_EQ(result.exit_code, kPartly) << Said(result);
  EXPECT_EQ(Picture(store.directory()), picture);
  std::map<std::string, Json> reports;
  const Json all = Json::parse(result.output).at("streams");
  for (const Json& report : all) {
    reports[report.at("stream")] = report;
    EXPECT_FALSE(report.at("whole").get<bool>()) << report;
  }
  ASSERT_EQ(reports.size(), streams.size()) << Said(result);
  EXPECT_EQ(reports.at("FLIPPED").at("lost").at("count"), 1) << reports.at("FLIPPED");
  EXPECT_EQ(reports.at("LENGTH").at("lost").at("count"), 1) << reports.at("LENGTH");
  EXPECT_TRUE(reports.at("TORN").at("end_is_damaged").get<bool>()) << reports.at("TORN");
  EXPECT_GT(reports.at("TORN").at("backup").at("last_sequence"), kBlockMessages - 10);
  EXPECT_EQ(reports.at("HEADLESS").at("lost").at("count"), 0);
  EXPECT_GT(reports.at("HEADLESS").at("unknown").at("count"), 200);
  EXPECT_EQ(reports.at("SUM").at("damage").at("count"), 1) << reports.at("SUM");
  EXPECT_EQ(reports.at("SUM").at("consumers").at("read"), Json({"whole"})) << reports.at("SUM");
  EXPECT_EQ(reports.at("SUM").at("consumers").at("not_read").size(), 3U) << reports.at("SUM");

  NatsServer fresh({.version = GetParam()});
  fresh.Stop();
  for (const std::string& stream : streams) {
    const ProgramResult exported = store.Run({"export", reports.at(stream).at("backup").at("id"),
                                              "--store-dir", fresh.store_dir(), "--server-version",
                                              FullVersion(GetParam()), "--server-stopped"});
    ASSERT_EQ(exported.exit_code, 0) << Said(exported);
  }
  fresh.Start();
  JetStreamClient client(fresh.Url());
  for (const std::string& stream : streams) {
    const StreamDump after = DumpStream(client, stream);
    ExpectAccountedFor(before.at(stream), after, reports.at(stream));
    EXPECT_GT(after.messages.size(), 200U) << stream;
    if (stream == "SUM") {
      EXPECT_EQ(after.messages.size(), before.at(stream).messages.size());
      EXPECT_EQ(after.consumers.at("whole"), before.at(stream).consumers.at("whole"));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, SalvageDamageTest, ::testing::Values("2.10", "2.15"),
                         VersionName);

class SalvageKeyTest : public ::testing::TestWithParam<std::string> {};

TEST_P(SalvageKeyTest, AnEncryptedStoreIsReadWithItsKeyAndWithNoOther) {
  ScratchDirectory scratch("keys");
  const std::string right = scratch / "right";
  const std::string wrong = scratch / "wrong";
  std::ofstream(right) << "a key for tests only\n";
  std::ofstream(wrong) << "another key";
  for (const std::string cipher : {"aes", "chacha"}) {
    SCOPED_TRACE(cipher);
    Store store(GetParam(), cipher);
    std::map<std::string, StreamDump> before;
    {
      JetStreamClient client(store.server().Url());
      MakeBlocks(client, "BLOCKS",
                 AtLeast(GetParam(), "2.10") && cipher == "aes" ? Json{{"compression", "s2"}}
                                                                : Json::object());
      client.CreateConsumer("BLOCKS", {{"durable_name", "w"}, {"ack_policy", "explicit"}});
      const auto some = client.Fetch("BLOCKS", "w", 10);
      for (std::size_t i = 0; i < some.size(); i += 2) client.Ack(some[i]);
      before = DumpAll(client, {"BLOCKS"});
    }
    store.server().Stop();
    const auto picture = Picture(store.directory());
    const std::string unopened = Said(store.Run({"salvage", store.directory()}));
    EXPECT_NE(unopened.find("no key was given"), std::string::npos) << unopened;
    const ProgramResult refused = store.Run({"salvage", store.directory(), "--key-file", wrong});
    EXPECT_EQ(refused.exit_code, 2) << Said(refused);
    const ProgramResult direct = store.Run({"salvage", store.directory(), "--key", "x"});
    EXPECT_EQ(direct.exit_code, 2) << Said(direct);
    EXPECT_NE(Said(direct).find("--key-file"), std::string::npos) << Said(direct);
    const ProgramResult previous =
        store.Run({"salvage", store.directory(), "--key-file", wrong, "--previous-key-env", "OLD"},
                  {{"OLD", "a key for tests only"}});
    EXPECT_EQ(previous.exit_code, 0) << Said(previous);
    const ProgramResult opened = store.Run({"salvage", store.directory(), "--key-file", right});
    EXPECT_EQ(opened.exit_code, 0) << Said(opened);
    EXPECT_EQ(Picture(store.directory()), picture);
    EXPECT_EQ(store.Difference(before), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, SalvageKeyTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

INSTANTIATE_TEST_SUITE_P(Servers, SalvageTest, ::testing::ValuesIn(ServerVersions()), VersionName);

// The offset of the record of a sequence in a block whose records are all plain.
std::size_t OffsetOf(const std::string& block, std::uint64_t sequence) {
  std::size_t offset = 0;
  while (offset + v1::kRecordHeaderSize <= block.size()) {
    const v1::RecordHeader header = v1::DecodeRecordHeader(block.data() + offset);
    if (header.marked_sequence == sequence) return offset;
    offset += header.length;
  }
  throw std::runtime_error("the block holds no such record");
}

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Gives the message another payload, and the checksum of that.
void ChangeMessage(const std::string& path, const std::string& stream, std::uint32_t number,
                   std::uint64_t sequence) {
  std::string block = Contents(path);
  const std::size_t at = OffsetOf(block, sequence);
  const v1::RecordHeader header = v1::DecodeRecordHeader(block.data() + at);
  block[at + v1::kRecordHeaderSize + header.subject_size] ^= 1;
  const std::string_view record = std::string_view(block).substr(at, header.length);
  RecordView found;
  ASSERT_TRUE(v1::SplitRecord(header, record, found));
  const std::uint64_t sum =
      Highway64(v1::BlockKey(stream, number),
                {record.substr(4, 16), found.subject, found.headers, found.payload});
  StoreU64(block.data() + at + header.length - v1::kChecksumSize, sum);
  std::ofstream(path, std::ios::binary) << block;
}

// Cuts the block where a record ends, about in its middle.
void CutAtRecord(const std::string& path) {
  const std::string block = Contents(path);
  std::size_t offset = 0;
  while (offset < block.size() / 2) {
    offset += v1::DecodeRecordHeader(block.data() + offset).length;
  }
  fs::resize_file(path, offset);
}

// How many of the messages that were seen before the report counts or names.
std::uint64_t AccountedFor(const StreamDump& before, const Json& report) {
  std::uint64_t count = report.at("backup").at("messages");
  for (const DumpedMessage& message : before.messages) {
    for (const char* kind : {"lost", "unknown"}) {
      for (const Json& range : report.at(kind).at("ranges")) {
        if (message.sequence >= range.at("first") && message.sequence <= range.at("last")) ++count;
      }
    }
  }
  return count;
}

class SalvageShortTest : public ::testing::TestWithParam<std::string> {};

// A file can end early anywhere, also at a record, and nothing of that is damaged.
TEST_P(SalvageShortTest, AFileThatEndsEarlyProvesNoDeletion) {
  const std::map<std::string, Json> streams = {
      {"PLAIN", Json::object()},
      {"AGED", {{"max_age", std::int64_t{365} * 86'400 * 1'000'000'000}}},
      {"COUNTED", {{"max_msgs", 1'000'000}}},
      {"KEYED", {{"max_msgs_per_subject", 300}}}};
  for (const bool killed : {true, false}) {
    if (killed && GetParam() == "2.9") continue;  // it forgets deletions
    SCOPED_TRACE(killed ? "killed" : "stopped");
    Store store(GetParam());
    std::map<std::string, StreamDump> before;
    {
      JetStreamClient client(store.server().Url());
      std::vector<std::string> names;
      for (const auto& [name, more] : streams) {
        MakeBlocks(client, name, more);
        names.push_back(name);
      }
      before = DumpAll(client, names);
    }
    killed ? store.server().Kill() : store.server().Stop();
    const auto salvage = [&](const std::vector<std::string>& directories, int code) {
      std::vector<std::string> arguments = {"salvage", "--json"};
      arguments.insert(arguments.end(), directories.begin(), directories.end());
      const ProgramResult result = store.Run(arguments);
      EXPECT_EQ(result.exit_code, code) << Said(result);
      return Json::parse(result.output).at("streams");
    };
    salvage({store.directory()}, 0);
    using Fault = std::pair<std::string, std::function<void(std::vector<std::string>)>>;
    const auto empty = [](const std::string& block) { fs::resize_file(block, 0); };
    for (const auto& [name, fault] :
         {Fault{"middle-empty", [&](auto blocks) { empty(blocks.at(1)); }},
          Fault{"middle-cut", [&](auto blocks) { CutAtRecord(blocks.at(1)); }},
          Fault{"first-empty", [&](auto blocks) { empty(blocks.at(0)); }},
          Fault{"first-gone", [&](auto blocks) { fs::remove(blocks.at(0)); }},
          Fault{"last-empty", [&](auto blocks) { empty(blocks.back()); }},
          Fault{"last-cut", [&](auto blocks) { CutAtRecord(blocks.back()); }}}) {
      SCOPED_TRACE(name);
      if (name == "last-cut" && killed) continue;  // nothing tells of what came behind
      const std::string copy = store.Place(name);
      fs::copy(store.directory(), copy, fs::copy_options::recursive);
      for (const auto& [stream, dump] : before) fault(BlockFiles(copy, stream));
      for (const Json& report : salvage({copy}, kPartly)) {
        const StreamDump& seen = before.at(report.at("stream"));
        EXPECT_LT(report.at("backup").at("messages"), seen.messages.size()) << report;
        EXPECT_FALSE(report.at("whole").get<bool>()) << report;
        EXPECT_EQ(report.at("backup").at("condition"), "damaged") << report;
        if (!report.at("end_is_damaged").get<bool>()) {
          // Without the right index of a block of 2.9 what was deleted from it is back.
          EXPECT_GE(AccountedFor(seen, report), seen.messages.size()) << report;
          if (GetParam() != "2.9") {
            EXPECT_EQ(AccountedFor(seen, report), seen.messages.size()) << report;
          }
        }
      }
      // What another directory holds is not deleted.
      for (const Json& report : salvage({copy, store.directory()}, 0)) {
        EXPECT_EQ(report.at("backup").at("messages"),
                  before.at(report.at("stream")).messages.size())
            << report;
        EXPECT_TRUE(report.at("whole").get<bool>()) << report;
      }
      fs::remove_all(copy);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, SalvageShortTest, ::testing::Values("2.9", "2.10", "2.15"),
                         VersionName);

TEST(SalvageHeadTest, AHeadThatIsTooOldByNowIsNotInDoubtAndAnEmptiedStreamIs) {
  Store store("2.15");
  {
    JetStreamClient client(store.server().Url());
    client.CreateStream({{"name", "OLD"},
                         {"subjects", {"old"}},
                         {"max_bytes", 127'000},
                         {"max_age", 1'000'000'000}});
    const auto publish = [&] {
      client.PublishMany(500, [](std::uint64_t i) {
        return OutgoingMessage{"old", NumberedPayload(i, 100), ""};
      });
    };
    publish();
    std::this_thread::sleep_for(std::chrono::milliseconds(1200));
    publish();
    for (int i = 0; i < 100 && client.StreamInfo("OLD").at("state").at("first_seq") < 450; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    for (const std::string name : {"NEW", "EMPTIED"}) {
      client.CreateStream({{"name", name}, {"subjects", {name}}});
    }
    client.PublishMany(5, [](std::uint64_t i) {
      return OutgoingMessage{"EMPTIED", std::to_string(i), ""};
    });
  }
  store.server().Kill();
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_GT(BlockFiles(store.directory(), "OLD").size(), 0U);
  EXPECT_FALSE(fs::exists(store.Stream("OLD") + "/msgs/1.blk"));
  const Json old = store.Salvage("OLD", 0);
  EXPECT_EQ(old.at("unknown").at("count"), 0) << old;
  EXPECT_EQ(old.at("lost").at("count"), 0) << old;
  EXPECT_TRUE(store.Salvage("NEW", 0).at("whole").get<bool>());
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  std::ofstream(BlockFiles(store.directory(), "EMPTIED").at(0), std::ios::binary).close();
  const Json emptied = store.Salvage("EMPTIED", kPartly);
  EXPECT_FALSE(emptied.at("whole").get<bool>()) << emptied;
  EXPECT_TRUE(emptied.at("may_have_been_emptied").get<bool>()) << emptied;
}

TEST(SalvageReplicasTest, WhatOneReplicaHasIsNotLostAndWhereTheyDifferBothAreKept) {
  ScratchDirectory scratch("replicas");
  const std::string repository = scratch / "repository";
  NatsCluster cluster({.version = "2.10"});
  StreamDump before;
  {
    JetStreamClient client(cluster.Url());
    MakeBlocks(client, "R3", {{"num_replicas", 3}});
    client.CreateConsumer("R3",
                          {{"durable_name", "w"}, {"ack_policy", "explicit"}, {"num_replicas", 3}});
    const auto some = client.Fetch("R3", "w", 10);
    for (std::size_t i = 0; i < some.size(); i += 2) client.Ack(some[i]);
    before = DumpStream(client, "R3");
    AwaitReplicas(client, "R3");
    WaitForConsumerFiles();
  }
  std::vector<std::string> directories;
  for (std::size_t i = 0; i < 3; ++i) directories.push_back(cluster.node(i).store_dir());
  WaitForBlocks(directories, "R3");
  for (std::size_t i = 0; i < 3; ++i) cluster.node(i).Kill();
  const auto run = [&](const std::vector<std::string>& given, const std::string& into) {
    std::vector<std::string> arguments = {"salvage"};
    arguments.insert(arguments.end(), given.begin(), given.end());
    for (const std::string& word : {std::string("--json"), std::string("--repository"), into}) {
      arguments.push_back(word);
    }
    return RunJetkeep(arguments);
  };
  const auto report_of = [](const ProgramResult& result) {
    return Json::parse(result.output).at("streams").at(0);
  };
  const ProgramResult whole = run(directories, scratch / "whole");
  EXPECT_EQ(whole.exit_code, 0) << Said(whole);
  EXPECT_THAT(whole.output, ::testing::HasSubstr("raft logs"));

  // Each has lost something else, and one has another message.
  const auto block = [&](std::size_t node, std::size_t number) {
    return BlockFiles(directories[node], "R3").at(number);
  };
  fs::remove(block(0, 1));
  FlipBytes(block(1, 0), fs::file_size(block(1, 0)) / 2, 4);
  const std::string last = BlockFiles(directories[2], "R3").back();
  fs::resize_file(last, fs::file_size(last) - 500);
  ChangeMessage(block(2, 0), "R3", 1, 20);
  for (const std::string& directory : directories) {
    const ProgramResult alone = run({directory}, scratch / "alone");
    EXPECT_EQ(alone.exit_code, kPartly) << Said(alone);
    const Json report = report_of(alone);
    EXPECT_TRUE(report.at("lost").at("count") > 0 || report.at("unknown").at("count") > 0 ||
                report.at("end_is_damaged").get<bool>())
        << report;
  }
  const ProgramResult merged = run(directories, repository);
  EXPECT_EQ(merged.exit_code, kPartly) << Said(merged);
  const Json report = report_of(merged);
  EXPECT_EQ(report.at("lost").at("count"), 0) << report;
  EXPECT_EQ(report.at("unknown").at("count"), 0) << report;
  const Json variants = report.at("variants");
  ASSERT_EQ(variants.at("by_sequence").size(), 1U) << variants;
  EXPECT_EQ(variants.at("by_sequence").at(0).at("sequence"), 20);
  EXPECT_EQ(variants.at("by_sequence").at(0).at("kept"), Json({directories[0], directories[1]}));
  EXPECT_EQ(variants.at("by_sequence").at(0).at("others"), Json({{directories[2]}}));
  ASSERT_EQ(variants.at("backups").size(), 1U) << variants;

  // A restore by the stream's name takes the whole one.
  NatsServer fresh({.version = "2.10"});
  fresh.Stop();
  const auto restore = [&](const std::string& backup, const std::string& name) {
    const ProgramResult exported = RunJetkeep(
        {"export", backup, "--store-dir", fresh.store_dir(), "--server-version", "2.10.27",
         "--server-stopped", "--store-account", name, "--repository", repository});
    EXPECT_EQ(exported.exit_code, 0) << Said(exported);
  };
  restore("R3", "$G");
  fresh.Start();
  before.consumers.at("w").at("config")["num_replicas"] = 0;  // as the stream
  EXPECT_EQ(DifferenceOf(fresh, {{"R3", before}}, {.config = false}), "");
  // The variant is in a backup of its own, and nothing else is.
  fresh.Stop();
  fs::remove_all(fresh.store_dir() + "/jetstream/$G/streams/R3");
  restore(variants.at("backups").at(0), "$G");
  fresh.Start();
  JetStreamClient client(fresh.Url());
  const StreamDump other = DumpStream(client, "R3");
  ASSERT_EQ(other.messages.size(), 1U);
  EXPECT_EQ(other.messages.at(0).sequence, 20U);
  EXPECT_NE(other.messages.at(0).digest, before.messages.at(17).digest);
  EXPECT_EQ(other.messages.at(0).timestamp_ns, before.messages.at(17).timestamp_ns);
}

TEST(SalvageIndexTest, TheIndexOfAServerThatWasStoppedNamesWhatIsGone) {
  for (const std::string version : {"2.10", "2.15"}) {
    SCOPED_TRACE(version);
    Store store(version);
    StreamDump before;
    {
      JetStreamClient client(store.server().Url());
      for (const std::string stream : {"MIDDLE", "END"}) {
        MakeBlocks(client, stream, Json::object());
      }
      before = DumpStream(client, "MIDDLE");
    }
    store.server().Stop();
    // Its messages, as far as they are live, and nothing else, are lost.
    fs::remove(BlockFiles(store.directory(), "MIDDLE").at(1));
    const Json middle = store.Salvage("MIDDLE", kPartly);
    EXPECT_EQ(middle.at("unknown").at("count"), 0) << middle;
    EXPECT_EQ(middle.at("lost").at("count").get<std::uint64_t>() +
                  middle.at("backup").at("messages").get<std::uint64_t>(),
              before.messages.size())
        << middle;
    // Without the last block nothing proves that the index is of the others.
    fs::remove(BlockFiles(store.directory(), "END").back());
    const Json end = store.Salvage("END", kPartly);
    EXPECT_GT(end.at("unknown").at("count"), 50) << end;
    EXPECT_EQ(end.at("backup").at("last_sequence"), kBlockMessages) << end;
  }
}

// The way that OPERATIONS.md names, from the disk of a dead server to a living one.
TEST(SalvageUseTest, AServiceOnTheRepositoryFindsAndRestoresWhatWasSalvaged) {
  Store store("2.15");
  std::map<std::string, StreamDump> before;
  {
    JetStreamClient client(store.server().Url());
    client.CreateStream({{"name", "ORDERS"}, {"subjects", {"orders"}}});
    client.PublishMany(20, [](std::uint64_t i) {
      return OutgoingMessage{"orders", std::to_string(i), ""};
    });
    before = DumpAll(client, {"ORDERS"});
  }
  store.server().Kill();
  const ProgramResult salvaged = store.Run({"salvage", store.directory()});
  ASSERT_EQ(salvaged.exit_code, 0) << Said(salvaged);
  NatsServer server({.version = "2.15"});
  JetkeepProcess jetkeep({.server_url = server.Url(), .repository = store.repository()});
  const ProgramResult listed = RunJetkeep({"list", "ORDERS", "--server", server.Url()});
  EXPECT_THAT(Said(listed), ::testing::HasSubstr("salvaged"));
  const ProgramResult restored = RunJetkeep({"restore", "ORDERS", "--server", server.Url()});
  ASSERT_EQ(restored.exit_code, 0) << Said(restored);
  EXPECT_EQ(DifferenceOf(server, before), "");
}

TEST(SalvageUseTest, WhatIsNoStoreOrIsInUseIsRefusedAndALostConfigurationCanBeGiven) {
  Store store("2.15");
  ScratchDirectory scratch("salvage-use");
  StreamDump before;
  {
    JetStreamClient client(store.server().Url());
    for (const std::string stream : {"ONE", "TWO"}) {
      client.CreateStream({{"name", stream}, {"subjects", {stream}}});
      client.PublishMany(20, [&](std::uint64_t i) {
        return OutgoingMessage{stream, std::to_string(i), ""};
      });
    }
    before = DumpStream(client, "ONE");
  }
  ProgramResult result = store.Run({"salvage", store.directory()});
  EXPECT_EQ(result.exit_code, kJobConflict) << Said(result);
  store.server().Kill();
  for (const std::string& place : {scratch / "absent", scratch.path()}) {
    result = store.Run({"salvage", place});
    EXPECT_EQ(result.exit_code, kBackupNotFound) << Said(result);
  }
  result = store.Run({"salvage", store.directory(), "--stream", "NONE*"});
  EXPECT_EQ(result.exit_code, kBackupNotFound) << Said(result);
  EXPECT_FALSE(fs::exists(store.repository()));

  result = store.Run({"salvage", store.directory(), "--list", "--json"});
  EXPECT_EQ(result.exit_code, 0) << Said(result);
  EXPECT_EQ(Json::parse(result.output).at("streams").size(), 2U) << Said(result);
  EXPECT_FALSE(fs::exists(store.repository()));

  // A name that nothing has is said, and the others are done.
  result = store.Run({"salvage", store.directory(), "--stream", "ONE", "--stream", "TPYO"});
  EXPECT_EQ(result.exit_code, kPartly) << Said(result);
  EXPECT_THAT(Said(result), ::testing::HasSubstr("TPYO"));
  EXPECT_THAT(Said(result), ::testing::HasSubstr("whole"));

  // One without its configuration does not stop the other; a link is not followed, but named.
  fs::remove(store.Stream("ONE") + "/meta.inf");
  fs::create_directory_symlink(store.Stream("TWO"), store.Stream("LINK"));
  result = store.Run({"salvage", store.directory()});
  EXPECT_EQ(result.exit_code, kPartly) << Said(result);
  EXPECT_THAT(Said(result), ::testing::HasSubstr("--stream-config"));
  EXPECT_THAT(Said(result), ::testing::HasSubstr("LINK is a symbolic link"));
  fs::remove(store.Stream("LINK"));
  const std::string account = store.directory() + "/jetstream/$G";
  fs::rename(account, scratch / "away");
  fs::create_directory_symlink(scratch / "away", account);
  result = store.Run({"salvage", store.directory()});
  EXPECT_EQ(result.exit_code, kBackupNotFound) << Said(result);
  EXPECT_THAT(Said(result), ::testing::HasSubstr("$G is a symbolic link"));
  fs::remove(account);
  fs::rename(scratch / "away", account);
  const std::string config = scratch / "one.json";
  std::ofstream(config) << before.config.dump();
  store.Salvage("ONE", 0, {"--stream-config", config});
  EXPECT_EQ(store.Difference({{"ONE", before}}), "");
  // The checksum of its configuration is wrong.
  FlipBytes(store.Stream("TWO") + "/meta.sum", 3, 1);
  const Json doubtful = store.Salvage("TWO", kPartly);
  EXPECT_EQ(doubtful.at("damage").at("count"), 1) << doubtful;
  EXPECT_EQ(doubtful.at("backup").at("messages"), 20) << doubtful;
  // Nothing of it can be read.
  const std::string block = BlockFiles(store.directory(), "TWO").at(0);
  std::ofstream(block, std::ios::binary) << std::string(1000, '\xff');
  const Json ruined = store.Salvage("TWO", kStreamDamaged);
  EXPECT_TRUE(ruined.contains("error")) << ruined;
}

}  // namespace
}  // namespace jetkeep::testing

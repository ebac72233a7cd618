// Verify and its drills: whatever is wrong with the files of a repository is found, by a restore,
// too, and before it changes anything.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "tests/integration/round_trip.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;
constexpr std::int64_t kHourNs = 3'600'000'000'000;
constexpr int kCorrupt = 33;            // exit code
constexpr int kCorruptErrCode = 70550;  // of an answer

void WriteWholeFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class VerifyTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    server_ = std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam()});
    jetkeep_ = std::make_unique<JetkeepProcess>(JetkeepOptions{.server_url = server_->Url()});
    client_ = std::make_unique<JetStreamClient>(server_->Url());
  }

  JetStreamClient& client() { return *client_; }
  const std::string& repository() const { return jetkeep_->repository(); }

  void Fill(const std::string& stream, std::uint64_t count, const Json& more = Json::object()) {
    Json config{{"name", stream}, {"subjects", {stream + ".>"}}};
    config.update(more);
    client().CreateStream(config);
    client().PublishMany(count, [&](std::uint64_t i) {
      return OutgoingMessage{stream + ".s" + std::to_string(i % 5),
                             "payload " + std::to_string(i * 7919),
                             HeaderBlock({{"Number", std::to_string(i)}})};
    });
  }
  std::string Backup(const std::string& stream) {
    return BackUp(client(), stream).at("result").at("id");
  }
  Json Verify(Json request) {
    request["wait"] = true;
    return Ask(client(), "backup.verify", request, std::chrono::seconds(120));
  }
  // Without server and service.
  ProgramResult VerifyFiles() { return RunJetkeep({"verify", "--repository", repository()}); }

  std::vector<std::string> Files(const std::string& part) const {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(repository())) {
      const std::string path = entry.path();
      if (entry.is_regular_file() && path.find(part) != std::string::npos) files.push_back(path);
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  // The backup's stream is gone from the server; a restore has to refuse and leave it so.
  void ExpectRestoreRefused(const std::string& backup, const std::string& why) {
    const Json answer = Ask(client(), "restore.request", {{"backup", backup}, {"wait", true}},
                            std::chrono::seconds(60));
    ASSERT_TRUE(answer.contains("error")) << why << ": " << answer;
    EXPECT_EQ(answer.at("error").at("err_code"), kCorruptErrCode) << why << ": " << answer;
    EXPECT_FALSE(client().StreamExists("V")) << why;
  }

  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<JetkeepProcess> jetkeep_;
  std::unique_ptr<JetStreamClient> client_;
};

TEST_P(VerifyTest, AGoodBackupIsVerifiedAndListedSo) {
  Fill("V", 2000);
  const std::string backup = Backup("V");
  const Json before = Ask(client(), "backup.list", {{"stream", "V"}}).at("backups").at(0);
  EXPECT_TRUE(!before.contains("verified") || before.at("verified").is_null()) << before;
  for (const Json& request : {Json::object(), Json{{"stream", "V"}}, Json{{"backup", backup}}}) {
    const Json done = Verify(request);
    EXPECT_EQ(done.at("backups"), 1) << done;
    EXPECT_EQ(done.at("damaged"), 0) << done;
    EXPECT_TRUE(done.at("findings").empty()) << done;
    EXPECT_EQ(done.at("bytes_read"), before.at("stored_bytes")) << done;
  }
  const Json listed = Ask(client(), "backup.list", {{"stream", "V"}}).at("backups").at(0);
  EXPECT_EQ(listed.at("verified").at("ok"), true) << listed;
  EXPECT_EQ(listed.at("verified").at("drill"), false) << listed;
  const Json shown = Ask(client(), "backup.show", {{"backup", backup}});
  EXPECT_EQ(shown.at("verified").at("ok"), true) << shown;
  const ProgramResult files = VerifyFiles();
  EXPECT_EQ(files.exit_code, 0) << files.output << files.error;
  EXPECT_EQ(Verify({{"stream", "OTHER"}}).at("error").at("err_code"), 70405);
  EXPECT_EQ(Verify({{"backup", "20200101T000000Z-aaaaaaaa"}}).at("error").at("err_code"), 70405);
}

TEST_P(VerifyTest, TheProgressOfADrillCountsWhatIsSentAndCompared) {
  Fill("V", 20'000);
  const std::string backup = Backup("V");
  const Json shown = Ask(client(), "backup.show", {{"backup", backup}});
  const auto events = client().Subscribe("verify.progress.*.*");
  client().Flush();
  const Json done = Verify({{"backup", backup}, {"drill", true}});
  EXPECT_EQ(done.at("damaged"), 0) << done;
  const std::uint64_t stored = shown.at("stored_bytes");
  const std::uint64_t raw = shown.at("raw_bytes");
  std::uint64_t bytes = 0;
  Json last;
  while (const auto message = client().Next(events, std::chrono::milliseconds(500))) {
    last = Json::parse(message->payload);
    EXPECT_EQ(last.at("bytes").at("expected"), stored + 2 * raw) << last;
    EXPECT_GE(last.at("bytes").at("done"), bytes) << last;
    bytes = last.at("bytes").at("done");
  }
  ASSERT_FALSE(last.is_null()) << "no progress at all";
  EXPECT_EQ(bytes, stored + 2 * raw) << last;
  EXPECT_EQ(last.at("messages").at("done"), 20'000) << last;
  EXPECT_EQ(last.at("percent"), 100) << last;
}

TEST_P(VerifyTest, AnyFlippedBitIsFoundAndStopsARestore) {
  Fill("V", 3000);
  client().CreateConsumer("V", {{"durable_name", "w"}, {"ack_policy", "explicit"}});
  const std::string backup = Backup("V");
  client().DeleteStream("V");
  std::mt19937 random(3);
  for (const std::string& part :
       {std::string("/segments/"), std::string(".manifest"), std::string("repository.json")}) {
    const auto files = Files(part);
    ASSERT_EQ(files.size(), 1U) << part;
    const std::string whole = ReadWholeFile(files[0]);
    // Both ends byte by byte, for headers and footers; the rest here and there.
    std::vector<std::size_t> places;
    const std::size_t edge = std::min<std::size_t>(whole.size(), 40);
    for (std::size_t i = 0; i < edge; i += 3) {
      places.push_back(i);
      places.push_back(whole.size() - 1 - i);
    }
    for (int i = 0; i < 40; ++i) places.push_back(random() % whole.size());
    int count = 0;
    for (const std::size_t place : places) {
      std::string bytes = whole;
      bytes[place] = static_cast<char>(bytes[place] ^ (1 << (random() % 8)));
      WriteWholeFile(files[0], bytes);
      const std::string what = files[0] + " at " + std::to_string(place);
      const ProgramResult result = VerifyFiles();
      EXPECT_GE(result.exit_code, kCorrupt) << what << result.output << result.error;
      EXPECT_LE(result.exit_code, kCorrupt + 2) << what << result.output << result.error;
      const bool in_use = part != "repository.json";  // the service has read that one
      if (in_use && ++count % 5 == 0) ExpectRestoreRefused(backup, what);
    }
    WriteWholeFile(files[0], whole);
  }
  EXPECT_EQ(VerifyFiles().exit_code, 0);
  RestoreBackup(client(), backup);
  EXPECT_EQ(client().StreamInfo("V").at("state").at("messages"), 3000);
}

TEST_P(VerifyTest, FindingsNameBackupFileBlockAndSequences) {
  Fill("V", 3000);
  const std::string backup = Backup("V");
  const std::string file = Files("/segments/").at(0);
  std::string bytes = ReadWholeFile(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  WriteWholeFile(file, bytes);
  const Json done = Verify(Json::object());
  EXPECT_EQ(done.at("damaged"), 1);
  const std::string finding = done.at("findings").at(0);
  for (const std::string& part : {backup, fs::path(file).filename().string(),
                                  std::string("block 0"), std::string("sequences 1..3000")}) {
    EXPECT_NE(finding.find(part), std::string::npos) << finding;
  }
  const Json listed = Ask(client(), "backup.list", {{"stream", "V"}}).at("backups").at(0);
  EXPECT_EQ(listed.at("verified").at("ok"), false);
  client().DeleteStream("V");
  const Json newest =
      Ask(client(), "restore.request", {{"stream", "V"}, {"wait", true}}, std::chrono::seconds(30));
  EXPECT_EQ(newest.at("error").at("err_code"), 70405)
      << "a bad backup is never the newest good one";
}

TEST_P(VerifyTest, MissingCutSwappedAndDoubledFilesAreFound) {
  Fill("V", 2000);
  const std::string first = Backup("V");
  client().PublishAcked("V.s0", "one more");
  const std::string backup = Backup("V");
  client().DeleteStream("V");
  const auto segments = Files("/segments/");
  ASSERT_EQ(segments.size(), 2U);
  const std::string mine =
      segments[1].find(backup) != std::string::npos ? segments[1] : segments[0];
  const std::string other = mine == segments[1] ? segments[0] : segments[1];
  const std::string whole = ReadWholeFile(mine);
  const auto expect_found = [&](const std::string& what) {
    const ProgramResult result = VerifyFiles();
    EXPECT_EQ(result.exit_code, kCorrupt) << what << result.output << result.error;
    ExpectRestoreRefused(backup, what);
    WriteWholeFile(mine, whole);
  };
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{10}, whole.size() / 2, whole.size() - 1}) {
    WriteWholeFile(mine, whole.substr(0, size));
    expect_found("cut to " + std::to_string(size));
  }
  WriteWholeFile(mine, whole + "x");
  expect_found("longer");
  fs::remove(mine);
  expect_found("missing");
  WriteWholeFile(mine, ReadWholeFile(other));
  expect_found("another backup's segment");

  const auto found_by_verify = [&](const std::string& what) {
    const ProgramResult result = VerifyFiles();
    EXPECT_EQ(result.exit_code, kCorrupt) << what << result.output << result.error;
  };
  fs::copy_file(mine, mine + "x");
  found_by_verify("a copy of a segment");
  fs::remove(mine + "x");
  const auto manifests = Files(".manifest");
  ASSERT_EQ(manifests.size(), 2U);
  const std::string manifest = ReadWholeFile(manifests[0]);
  fs::remove(manifests[0]);
  found_by_verify("no manifest");
  WriteWholeFile(manifests[0], ReadWholeFile(manifests[1]));
  found_by_verify("another backup's manifest");
  WriteWholeFile(manifests[0], manifest);
  EXPECT_EQ(VerifyFiles().exit_code, 0);
}

TEST_P(VerifyTest, ADrillPassesAndLeavesNothing) {
  const bool newest = GetParam() == "2.15";
  Json config{{"max_age", 24 * kHourNs}, {"max_msgs", 100'000}, {"max_msgs_per_subject", 100'000}};
  Fill("V", 20'000, config);
  for (const std::uint64_t sequence : {1ULL, 500ULL, 501ULL, 20'000ULL}) {
    client().DeleteMessage("V", sequence);
  }
  client().CreateConsumer(
      "V", {{"durable_name", "pull"}, {"ack_policy", "explicit"}, {"ack_wait", kHourNs}});
  const auto messages = client().Fetch("V", "pull", 10);
  for (const std::size_t index : {0U, 3U, 4U}) client().Ack(messages[index]);
  client().CreateConsumer(
      "V", {{"durable_name", "filtered"}, {"ack_policy", "explicit"}, {"filter_subject", "V.s3"}});
  client().CreateConsumer("V", {{"durable_name", "push"},
                                {"ack_policy", "explicit"},
                                {"deliver_subject", "deliver.push"},
                                {"deliver_group", "group"}});
  const std::string backup = Backup("V");
  const auto heard = client().Subscribe("deliver.push", "group");
  client().Flush();
  while (client().Next(heard, std::chrono::milliseconds(300))) {
  }
  const StreamDump before = DumpStream(client(), "V");
  if (newest) {
    Fill("M", 500, {{"storage", "memory"}});
    Backup("M");
  }
  Fill("Q", 500, {{"retention", "workqueue"}});
  client().CreateConsumer("Q", {{"durable_name", "only"}, {"ack_policy", "explicit"}});
  Backup("Q");
  const Json done = Verify({{"drill", true}});
  EXPECT_EQ(done.value("damaged", -1), 0) << done;
  EXPECT_EQ(done.value("backups", 0), newest ? 3 : 2) << done;
  EXPECT_FALSE(client().Next(heard, std::chrono::milliseconds(300)))
      << "a drill delivers to nobody";
  for (const auto& name : client().Api("STREAM.NAMES").at("streams")) {
    EXPECT_EQ(name.get<std::string>().find("DRILL"), std::string::npos) << name;
  }
  const Json listed = Ask(client(), "backup.list", {{"stream", "V"}}).at("backups").at(0);
  EXPECT_EQ(listed.at("verified").at("ok"), true) << listed;
  EXPECT_EQ(listed.at("verified").at("drill"), true) << listed;
  EXPECT_EQ(Joined(Compare(before, DumpStream(client(), "V"))), "")
      << "the live stream is untouched";
  EXPECT_TRUE(Files("restore.").empty());
}

TEST_P(VerifyTest, ACancelledDrillLeavesNothing) {
  Fill("V", 200'000);
  Backup("V");
  const Json job = Ask(client(), "backup.verify", {{"drill", true}});
  for (int i = 0; i < 400; ++i) {
    const Json names = client().Api("STREAM.NAMES");
    if (names.dump().find("DRILL") != std::string::npos) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  Ask(client(), "backup.cancel", {{"job", job.at("job")}}, std::chrono::seconds(30));
  std::string state;
  for (int i = 0; i < 300; ++i) {
    state = Ask(client(), "backup.status", {{"job", job.at("job")}}).value("state", "");
    if (state == "cancelled" || state == "completed") break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(client().Api("STREAM.NAMES").dump().find("DRILL"), std::string::npos) << state;
  EXPECT_TRUE(Files("restore.").empty());
}

INSTANTIATE_TEST_SUITE_P(Servers, VerifyTest, ::testing::ValuesIn(ServerVersions()), VersionName);

}  // namespace
}  // namespace jetkeep::testing

// The nats command line at the other end: what it backed up is imported and restored, what is
// exported it restores, checks and edits. "The same" is what StreamDump sees, before and after the
// server has been started again.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/integration/stream_kinds.h"

namespace jetkeep::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

ProgramResult RunNats(const std::string& url, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), NatsCommandLine());
  return RunProgram(arguments, {{"NATS_URL", url}});
}

std::string Said(const ProgramResult& result) { return result.output + result.error; }

// Restores all of the repository onto a fresh server of that version, and compares.
std::string RestoredOn(const std::string& version, const std::string& repository,
                       const std::map<std::string, StreamDump>& before,
                       const CompareOptions& options = {}) {
  Site site({.server = {.version = version}, .repository = repository});
  std::string text;
  for (const auto& [stream, dump] : before) {
    const Outcome outcome = site.Restore(stream);
    if (!outcome.completed()) text += stream + ": " + outcome.Text() + "\n";
  }
  return text + DifferenceOf(site.server(), before, options);
}

class CliFilesTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    JETKEEP_NEEDS_COMMAND_LINE();
    server_ = std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam()});
    client_ = std::make_unique<JetStreamClient>(server_->Url());
    streams_ = MakeStreams(*client_, GetParam());
    before_ = DumpAll(*client_, streams_);
  }
  std::string Place(const std::string& name) const { return scratch_ / name; }
  ProgramResult Jetkeep(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--repository", Place("repository"), "--no-context"});
    return RunJetkeep(arguments);
  }
  // The account as the command line backs it up.
  void BackUpWithCli(const std::string& target) {
    const ProgramResult backup = RunNats(server_->Url(), {"backup", "account", "-f", target});
    ASSERT_EQ(backup.exit_code, 0) << Said(backup);
  }
  // Every stream as Jetkeep backs it up.
  void BackUpWithJetkeep() {
    JetkeepProcess jetkeep({.server_url = server_->Url(), .repository = Place("repository")});
    for (const std::string& stream : streams_) BackUp(*client_, stream);
  }

  ScratchDirectory scratch_{"cli-files"};
  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<JetStreamClient> client_;
  std::vector<std::string> streams_;
  std::map<std::string, StreamDump> before_;
};

TEST_P(CliFilesTest, WhatTheCommandLineBackedUpIsImportedAndRestored) {
  const bool keeps_memory = AtLeast(GetParam(), "2.15");
  if (!keeps_memory) {
    client_->CreateStream({{"name", "MEM"}, {"subjects", {"mem"}}, {"storage", "memory"}});
  }
  ASSERT_NO_FATAL_FAILURE(BackUpWithCli(Place("account")));
  const ProgramResult import = Jetkeep({"import", Place("account"), "--json"});
  ASSERT_EQ(import.exit_code, 0) << Said(import);
  const Json report = Json::parse(import.output);
  ASSERT_EQ(report.at("streams").size(), streams_.size());
  for (const Json& item : report.at("streams")) {
    EXPECT_TRUE(item.at("backup").at("cut").at("exact").get<bool>()) << item.dump(2);
    EXPECT_TRUE(item.at("warnings").empty()) << item.dump(2);
  }
  // What the command line leaves of it is an empty directory, with which it restores nothing.
  if (!keeps_memory) {
    ASSERT_EQ(report.at("warnings").size(), 1u) << report.dump(2);
    EXPECT_NE(report.at("warnings").at(0).get<std::string>().find("MEM is empty"),
              std::string::npos);
    EXPECT_NE(Jetkeep({"import", Place("account"), "--strict"}).exit_code, 0);
  }
  // Again: nothing new.
  const ProgramResult again = Jetkeep({"import", Place("account")});
  EXPECT_EQ(again.exit_code, 0) << Said(again);
  EXPECT_EQ(again.output.find("imported "), std::string::npos) << again.output;
  EXPECT_EQ(RestoredOn(GetParam(), Place("repository"), before_), "");
  // On servers of other versions, which write other defaults into configurations.
  for (const std::string version : {"2.9", "2.10", "2.15"}) {
    if (version == GetParam() || !HasServer(version)) continue;
    std::map<std::string, StreamDump> there = before_;
    if (!AtLeast(version, "2.15")) there.erase("MEM");
    EXPECT_EQ(RestoredOn(version, Place("repository"), there, {.config = false}), "") << version;
  }
}

// One server of each kind of archive, and what it tells of its version.
const std::map<std::string, std::string> kExportedFor = {
    {"2.9", "2.9.10"}, {"2.10", "2.10.27"}, {"2.15", "2.15.1"}};

TEST_P(CliFilesTest, WhatIsExportedTheCommandLineRestores) {
  BackUpWithJetkeep();
  std::set<std::string> formats = {"v1"};
  if (AtLeast(GetParam(), "2.15")) formats = {"v1", "v2", "auto"};
  for (const std::string& format : formats) {
    std::vector<std::string> arguments = {"export",
                                          Place(format),
                                          "--format",
                                          format,
                                          "--server-version",
                                          AtLeast(GetParam(), "2.15")   ? "2.15.1"
                                          : AtLeast(GetParam(), "2.10") ? "2.10.27"
                                                                        : "2.9.10"};
    std::map<std::string, StreamDump> expected = before_;
    if (format == "v1") {
      expected.erase("MEM");
      for (const auto& [stream, dump] : expected) {
        arguments.insert(arguments.end(), {"--stream", stream});
      }
    } else {
      arguments.push_back("--all");
    }
    const ProgramResult exported = Jetkeep(arguments);
    ASSERT_EQ(exported.exit_code, 0) << Said(exported);
    NatsServer target({.version = GetParam()});
    const ProgramResult restored =
        RunNats(target.Url(), {"backup", "restore", "account", Place(format)});
    EXPECT_EQ(restored.exit_code, 0) << format << ": " << Said(restored);
    EXPECT_EQ(DifferenceOf(target, expected), "") << format;
  }
  // For servers of other versions, which write other defaults into configurations.
  for (const auto& [version, told] : kExportedFor) {
    if (version == GetParam() || !HasServer(version)) continue;
    std::map<std::string, StreamDump> expected = before_;
    if (!AtLeast(version, "2.15")) expected.erase("MEM");
    std::vector<std::string> arguments = {"export", Place("for-" + version), "--server-version",
                                          told};
    for (const auto& item : expected) {
      arguments.insert(arguments.end(), {"--stream", item.first});
    }
    const ProgramResult exported = Jetkeep(arguments);
    ASSERT_EQ(exported.exit_code, 0) << Said(exported);
    NatsServer target({.version = version});
    const ProgramResult restored =
        RunNats(target.Url(), {"backup", "restore", "account", Place("for-" + version)});
    EXPECT_EQ(restored.exit_code, 0) << version << ": " << Said(restored);
    EXPECT_EQ(DifferenceOf(target, expected, {.config = false}), "") << version;
  }
}

// The backups of the set, whatever came later.
TEST_P(CliFilesTest, ASetIsExportedAsAnAccountThatTheCommandLineRestores) {
  std::string set;
  {
    JetkeepProcess jetkeep({.server_url = server_->Url(), .repository = Place("repository")});
    const Json done = Ask(*client_, "backup.request", {{"streams", {"*"}}, {"wait", true}},
                          std::chrono::seconds(60));
    set = done.at("set_result").at("id");
    client_->CreateStream({{"name", "LATER"}, {"subjects", {"later"}}});
    client_->PublishAcked("later", "x");
    BackUp(*client_, "LATER");
  }
  const ProgramResult exported =
      Jetkeep({"export", set, Place("set"), "--server-version", FullVersion(GetParam())});
  ASSERT_EQ(exported.exit_code, 0) << Said(exported);
  EXPECT_FALSE(fs::exists(Place("set/LATER")));
  NatsServer target({.version = GetParam()});
  const ProgramResult restored =
      RunNats(target.Url(), {"backup", "restore", "account", Place("set")});
  EXPECT_EQ(restored.exit_code, 0) << Said(restored);
  EXPECT_EQ(DifferenceOf(target, before_), "");
  // Into nothing that is there, and nothing where there is no such set.
  EXPECT_NE(Jetkeep({"export", set, Place("set")}).exit_code, 0);
  EXPECT_EQ(Jetkeep({"export", "set-20200101T000000Z-aaaaaaaa", Place("none")}).exit_code, 53);
  EXPECT_FALSE(fs::exists(Place("none")));
  EXPECT_EQ(Jetkeep({"export", set, "--store-dir", Place("store"), "--server-version", "2.10.27",
                     "--server-stopped"})
                .exit_code,
            2);
}

// The configurations of a set are one folder, which `drift` compares.
TEST_P(CliFilesTest, TheConfigurationsOfASetAreOneFolder) {
  JetkeepProcess jetkeep({.server_url = server_->Url(), .repository = Place("repository")});
  const Json done =
      Ask(*client_, "backup.request", {{"streams", {"*"}}, {"config_only", true}, {"wait", true}},
          std::chrono::seconds(60));
  const std::string set = done.at("set_result").at("id");
  const ProgramResult exported = Jetkeep({"config-export", set, Place("configs"), "--json"});
  ASSERT_EQ(exported.exit_code, 0) << Said(exported);
  const Json told = Json::parse(exported.output);
  EXPECT_EQ(told.at("set"), set);
  EXPECT_TRUE(told.at("failed").empty());
  for (const std::string& stream : streams_) {
    EXPECT_TRUE(fs::exists(Place("configs/" + stream + ".stream.json"))) << stream;
  }
  const auto drift = [&] {
    return RunJetkeep({"drift", "--dir", Place("configs"), "--server", server_->Url(), "--timeout",
                       "30s", "--no-context"});
  };
  const ProgramResult same = drift();
  EXPECT_EQ(same.exit_code, 0) << Said(same);
  Json config = client_->StreamInfo(streams_.front()).at("config");
  config["description"] = "drifted";
  client_->UpdateStream(config);
  const ProgramResult differs = drift();
  EXPECT_NE(differs.exit_code, 0) << Said(differs);
  EXPECT_NE(differs.output.find("description"), std::string::npos) << Said(differs);

  EXPECT_EQ(Jetkeep({"config-export", set, Place("configs")}).exit_code, 50);
  EXPECT_EQ(Jetkeep({"config-export", "set-20200101T000000Z-aaaaaaaa", Place("none")}).exit_code,
            53);
  EXPECT_FALSE(fs::exists(Place("none")));
}

// Of versions whose archives are v2, which is all that the command line checks and edits.
class EditedFilesTest : public CliFilesTest {
 protected:
  // What the command line restores of the directory is what an import of it restores.
  void ExpectRestoredAlike(const std::string& folder, const std::string& stream) {
    NatsServer target({.version = GetParam()});
    const ProgramResult restored =
        RunNats(target.Url(), {"backup", "restore", "stream", folder, "--no-progress"});
    ASSERT_EQ(restored.exit_code, 0) << folder << Said(restored);
    JetStreamClient client(target.Url());
    const std::string repository = folder + "-repository";
    ASSERT_EQ(RunJetkeep({"import", folder, "--repository", repository, "--no-context"}).exit_code,
              0);
    EXPECT_EQ(RestoredOn(GetParam(), repository, {{stream, DumpStream(client, stream)}}), "")
        << folder;
  }
};

TEST_P(EditedFilesTest, TheCommandLineChecksAndEditsWhatIsExported) {
  BackUpWithJetkeep();
  ASSERT_EQ(Jetkeep({"export", "--all", Place("out")}).exit_code, 0);
  for (const std::string& stream : streams_) {
    const std::string folder = Place("out/" + stream);
    const ProgramResult valid = RunNats("", {"backup", "validate", folder, "--no-progress"});
    EXPECT_EQ(valid.exit_code, 0) << stream << Said(valid);
    const ProgramResult info = RunNats("", {"backup", "info", "-j", folder, "--no-progress"});
    ASSERT_EQ(info.exit_code, 0) << stream << Said(info);
    const Json told = Json::parse(info.output);
    EXPECT_FALSE(told.at("declared_counts_advisory").get<bool>()) << told.dump(2);
    const Json& state = before_.at(stream).state;
    for (const std::string field : {"messages", "bytes", "first_seq", "last_seq"}) {
      // Servers tell 0 or 1 where there never was a message.
      if (field == "first_seq" && state.at("last_seq") == 0) continue;
      EXPECT_EQ(told.at("declared").at(field), state.at(field)) << stream << " " << field;
    }
    EXPECT_EQ(told.at("messages"), before_.at(stream).messages.size()) << stream;
    EXPECT_EQ(told.at("bytes"), state.at("bytes")) << stream;
  }
  const std::map<std::string, std::vector<std::string>> edits = {
      {"subject", {"--subject", "orders.3"}},
      {"sequences", {"--first-seq", "100", "--last-seq", "200"}},
      {"after", {"--after", "1h"}},
      {"obfuscated", {"--obfuscate"}},
  };
  for (const auto& [name, flags] : edits) {
    std::vector<std::string> arguments = {"backup", "edit", "--no-progress", Place("out/ORDERS"),
                                          Place("edited-" + name)};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const ProgramResult edited = RunNats("", arguments);
    ASSERT_EQ(edited.exit_code, 0) << name << Said(edited);
    const ProgramResult import = Jetkeep({"import", Place("edited-" + name), "--json"});
    ASSERT_EQ(import.exit_code, 0) << name << Said(import);
    const Json item = Json::parse(import.output).at("streams").at(0);
    EXPECT_FALSE(item.at("backup").at("cut").at("exact").get<bool>()) << item.dump(2);
    if (name == "subject") {
      EXPECT_EQ(item.at("backup").at("messages"), 86);  // 3, 10, … 598: none was deleted
    }
    ExpectRestoredAlike(Place("edited-" + name), item.at("stream"));
  }
  const ProgramResult compact = RunNats("", {"backup", "edit", "--no-progress", "--kv-compact",
                                             Place("out/KV_cfg"), Place("compact")});
  ASSERT_EQ(compact.exit_code, 0) << Said(compact);
  const ProgramResult import = Jetkeep({"import", Place("compact"), "--json"});
  ASSERT_EQ(import.exit_code, 0) << Said(import);
  EXPECT_EQ(Json::parse(import.output).at("streams").at(0).at("backup").at("messages"), 3);
  ExpectRestoredAlike(Place("compact"), "KV_cfg");
}

// `nats subscribe --backup` makes a backup of what it hears.
TEST_P(EditedFilesTest, WhatTheCommandLineCapturedIsImported) {
  ChildProcess capture({.arguments = {NatsCommandLine(), "subscribe", "orders.captured", "--quiet",
                                      "--count", "20", "--backup", Place("captured")},
                        .environment = {{"NATS_URL", server_->Url()}},
                        .output_path = Place("capture.log")});
  std::optional<int> code;
  for (std::uint64_t i = 0; i < 5000 && !code; ++i) {
    client_->PublishAcked("orders.captured", NumberedPayload(i, 200));
    code = capture.Wait(std::chrono::milliseconds(10));
  }
  ASSERT_EQ(code, 0) << ReadWholeFile(Place("capture.log"));
  const ProgramResult import = Jetkeep({"import", Place("captured"), "--json"});
  ASSERT_EQ(import.exit_code, 0) << Said(import);
  const Json item = Json::parse(import.output).at("streams").at(0);
  EXPECT_EQ(item.at("backup").at("messages"), 20);
  EXPECT_FALSE(item.at("backup").at("cut").at("exact").get<bool>()) << item.dump(2);
  const ProgramResult show =
      Jetkeep({"show", item.at("backup").at("id").get<std::string>(), "--json"});
  EXPECT_EQ(show.exit_code, 0) << Said(show);
  ExpectRestoredAlike(Place("captured"), item.at("stream"));
}

// What was edited or captured is a pattern for a stream that is there: its configuration and
// consumers become those of the files, and its messages stay.
TEST_P(EditedFilesTest, AnImportUpdatesTheStreamThatIsThere) {
  BackUpWithJetkeep();
  ASSERT_EQ(Jetkeep({"export", "--all", Place("out")}).exit_code, 0);
  ASSERT_EQ(RunNats("", {"backup", "edit", "--no-progress", Place("out/ORDERS"), Place("edited"),
                         "--subject", "orders.3"})
                .exit_code,
            0);
  ChildProcess capture({.arguments = {NatsCommandLine(), "subscribe", "captured.*", "--quiet",
                                      "--count", "5", "--backup", Place("captured")},
                        .environment = {{"NATS_URL", server_->Url()}},
                        .output_path = Place("capture.log")});
  std::optional<int> code;
  for (int i = 0; i < 500 && !code; ++i) {
    client_->Publish("captured.a", "x");
    client_->Flush();
    code = capture.Wait(std::chrono::milliseconds(10));
  }
  ASSERT_EQ(code, 0) << ReadWholeFile(Place("capture.log"));
  std::map<std::string, Json> backups;
  for (const std::string folder : {"edited", "captured"}) {
    const ProgramResult import = Jetkeep({"import", Place(folder), "--json"});
    ASSERT_EQ(import.exit_code, 0) << Said(import);
    backups[folder] = Json::parse(import.output).at("streams").at(0);
  }
  JetkeepProcess jetkeep({.server_url = server_->Url(), .repository = Place("repository")});
  const auto update = [&](const std::string& folder) {
    return Ask(*client_, "restore.request",
               {{"backup", backups[folder].at("backup").at("id")},
                {"update_config", true},
                {"wait", true}},
               std::chrono::seconds(60));
  };

  const Json before = client_->StreamInfo("ORDERS");
  const auto consumers = client_->ConsumerNames("ORDERS");
  ASSERT_FALSE(consumers.empty());
  const Json consumer = client_->ConsumerInfo("ORDERS", consumers.front()).at("config");
  Json changed = before.at("config");
  changed["description"] = "changed";
  changed["max_msgs"] = 100000;
  client_->UpdateStream(changed);
  Json other = consumer;
  other["description"] = "changed, too";
  client_->CreateConsumer("ORDERS", other);
  const Json done = update("edited");
  ASSERT_FALSE(done.contains("error")) << done.dump(2);
  EXPECT_EQ(done.at("differences").size(), 3) << done.dump(2);
  const Json after = client_->StreamInfo("ORDERS");
  EXPECT_EQ(after.at("config"), before.at("config"));
  EXPECT_EQ(after.at("state").at("messages"), before.at("state").at("messages"));
  EXPECT_EQ(client_->ConsumerInfo("ORDERS", consumers.front()).at("config"), consumer);

  const std::string name = backups["captured"].at("stream");
  const Json files = Json::parse(ReadWholeFile(Place("captured/backup.json"))).at("config");
  client_->CreateStream({{"name", name}, {"subjects", {"captured.*"}}, {"max_msgs", 7}});
  client_->PublishAcked("captured.b", "stays");
  const Json of_capture = update("captured");
  ASSERT_FALSE(of_capture.contains("error")) << of_capture.dump(2);
  const Json info = client_->StreamInfo(name);
  EXPECT_EQ(info.at("config").at("subjects"), files.at("subjects"));
  EXPECT_EQ(info.at("config").at("max_msgs"), files.value("max_msgs", -1));
  EXPECT_EQ(info.at("state").at("messages"), 1);
}

// Killed at any moment an export, of backups or of a set, leaves nothing at its place, or all of
// it.
TEST_P(EditedFilesTest, AKilledExportLeavesAllOrNothing) {
  BackUpWithJetkeep();
  std::string set;
  {
    JetkeepProcess jetkeep({.server_url = server_->Url(), .repository = Place("repository")});
    set = Ask(*client_, "backup.request", {{"streams", {"*"}}, {"wait", true}},
              std::chrono::seconds(60))
              .at("set_result")
              .at("id");
  }
  int there = 0;
  for (int turn = 0; turn < 30; ++turn) {
    const std::string out = Place("killed-" + std::to_string(turn));
    const std::string what = turn % 2 == 0 ? "--all" : set;
    ChildProcess child({.arguments = {JetkeepBinary(), "export", what, out, "--repository",
                                      Place("repository"), "--no-context"},
                        .output_path = Place("killed.log")});
    child.Wait(std::chrono::milliseconds(turn * 3));
    child.Kill();
    if (!fs::exists(out)) continue;
    if (++there == 1) {
      NatsServer target({.version = GetParam()});
      const ProgramResult restored = RunNats(target.Url(), {"backup", "restore", "account", out});
      EXPECT_EQ(restored.exit_code, 0) << Said(restored);
    }
    for (const std::string& stream : streams_) {
      EXPECT_TRUE(fs::exists(out + "/" + stream + "/backup.json")) << turn;
    }
    const ProgramResult import =
        RunJetkeep({"import", out, "--repository", Place("of-" + std::to_string(turn)),
                    "--no-context", "--strict"});
    EXPECT_EQ(import.exit_code, 0) << Said(import);
  }
  SUCCEED() << there << " of 30 were there";
}

// The command line restores what is whole before what is damaged, leaves that half restored, and
// never begins the third; an import takes all but the damaged one.
TEST_P(CliFilesTest, ADamagedOneIsNamedAndTheOthersAreImported) {
  ASSERT_NO_FATAL_FAILURE(BackUpWithCli(Place("account")));
  const fs::path data = fs::path(Place("account")) / "ORDERS" /
                        (AtLeast(GetParam(), "2.15") ? "stream.arc.s2" : "stream.tar.s2");
  fs::resize_file(data, fs::file_size(data) / 2);
  const ProgramResult import = Jetkeep({"import", Place("account")});
  EXPECT_EQ(import.exit_code, 3) << Said(import);
  EXPECT_NE(import.error.find("not imported: ORDERS"), std::string::npos) << import.error;
  const ProgramResult list = Jetkeep({"list", "--json"});
  EXPECT_EQ(Json::parse(list.output).at("total"), streams_.size() - 1);
}

TEST_P(CliFilesTest, TheCommandLineMakesStreamsOfExportedConfigurations) {
  BackUpWithJetkeep();
  NatsServer target({.version = GetParam()});
  JetStreamClient client(target.Url());
  for (const auto& [stream, dump] : before_) {
    const std::string folder = Place("config-" + stream);
    const ProgramResult exported = Jetkeep({"config-export", stream, folder, "--json"});
    ASSERT_EQ(exported.exit_code, 0) << Said(exported);
    const ProgramResult added = RunNats(target.Url(), {"stream", "add", stream, "--config",
                                                       folder + "/" + stream + ".stream.json"});
    ASSERT_EQ(added.exit_code, 0) << stream << Said(added);
    for (const auto& item : dump.consumers) {
      const std::string& consumer = item.first;
      const ProgramResult made =
          RunNats(target.Url(), {"consumer", "add", stream, "--config",
                                 folder + "/" + stream + "." + consumer + ".consumer.json"});
      ASSERT_EQ(made.exit_code, 0) << stream << Said(made);
    }
    StreamDump now = DumpStream(client, stream);
    now.messages = dump.messages;  // the configuration alone is compared
    now.state = dump.state;
    // The command line names each consumer, durable ones, too, and pauses each until long ago.
    for (auto& [consumer, is] : now.consumers) {
      if (!dump.consumers.at(consumer).at("config").contains("name")) is.at("config").erase("name");
      if (is.at("config").value("pause_until", "").starts_with("0001")) {
        is.at("config").erase("pause_until");
      }
    }
    EXPECT_EQ(Joined(Compare(dump, now, {.consumer_state = false})), "") << stream;
    const ProgramResult nack =
        Jetkeep({"config-export", stream, folder + "-nack", "--nack", "--json"});
    EXPECT_EQ(nack.exit_code, 0) << Said(nack);
    for (const Json& file : Json::parse(nack.output).at("files")) {
      EXPECT_TRUE(file.at("left_out").empty()) << file.dump();
      EXPECT_TRUE(fs::exists(folder + "-nack/" + file.at("name").get<std::string>()));
    }
  }
}

std::vector<std::string> VersionsOfV2() {
  std::vector<std::string> versions = ServerVersions();
  std::erase_if(versions, [](const std::string& version) { return !AtLeast(version, "2.15"); });
  return versions;
}

INSTANTIATE_TEST_SUITE_P(Versions, EditedFilesTest, ::testing::ValuesIn(VersionsOfV2()),
                         VersionName);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EditedFilesTest);
INSTANTIATE_TEST_SUITE_P(Versions, CliFilesTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

// The stream changes while the command line copies it: what an import calls exact was all that was
// in the stream at one moment.
class LivingFilesTest : public ::testing::TestWithParam<std::string> {};

TEST_P(LivingFilesTest, AnImportIsCalledExactOnlyIfItIs) {
  JETKEEP_NEEDS_COMMAND_LINE();
  const ScratchDirectory scratch("cli-living");
  NatsServer server({.version = GetParam()});
  JetStreamClient client(server.Url());
  client.CreateStream({{"name", "LIVING"}, {"subjects", {"living"}}});
  std::uint64_t last = 20'000;
  client.PublishMany(last, [](std::uint64_t i) {
    return OutgoingMessage{"living", NumberedPayload(i, 1000), ""};
  });
  std::set<std::uint64_t> live;
  for (std::uint64_t sequence = 1; sequence <= last; ++sequence) live.insert(sequence);
  std::mt19937_64 random(14);
  for (int turn = 0; turn < 4; ++turn) {
    // Nothing; messages come; messages come and go, twice.
    const int kind = std::min(turn, 2);
    const std::string name = std::to_string(turn);
    std::set<std::uint64_t> model = live;
    std::vector<std::pair<std::uint64_t, bool>> changes;  // the sequence, and whether it is there
    ChildProcess backup({.arguments = {NatsCommandLine(), "backup", "stream", "LIVING",
                                       scratch / name, "--no-progress"},
                         .environment = {{"NATS_URL", server.Url()}},
                         .output_path = scratch / "log"});
    std::optional<int> code;
    while (!(code = backup.Wait(std::chrono::milliseconds(kind == 0 ? 5 : 0)))) {
      if (kind == 0) continue;
      if (kind == 1 || random() % 2 == 0) {
        last = client.PublishAcked("living", "new");
        changes.emplace_back(last, true);
        live.insert(last);
        continue;
      }
      const auto victim = live.lower_bound(1 + random() % last);
      if (victim == live.end()) continue;
      try {
        client.DeleteMessage("LIVING", *victim);
      } catch (const std::exception&) {
        continue;  // some servers delete nothing meanwhile
      }
      changes.emplace_back(*victim, false);
      live.erase(victim);
    }
    ASSERT_EQ(*code, 0) << ReadWholeFile(scratch / "log");
    const std::string repository = scratch / ("repository-" + name);
    const ProgramResult import = RunJetkeep(
        {"import", scratch / name, "--repository", repository, "--no-context", "--json"});
    ASSERT_EQ(import.exit_code, 0) << Said(import);
    const Json item = Json::parse(import.output).at("streams").at(0);
    const bool exact = item.at("backup").at("cut").at("exact").get<bool>();
    EXPECT_TRUE(exact || !changes.empty()) << item.dump(2);
    RecordProperty("exact_" + name, exact ? 1 : 0);
    if (!exact) {
      EXPECT_FALSE(item.at("warnings").empty());
      continue;
    }
    Site site({.server = {.version = GetParam()}, .repository = repository});
    ASSERT_TRUE(site.Restore("LIVING").completed());
    std::set<std::uint64_t> restored;
    for (const DumpedMessage& message : DumpStream(site.client(), "LIVING").messages) {
      restored.insert(message.sequence);
    }
    bool was_there = restored == model;
    for (std::size_t i = 0; i < changes.size() && !was_there; ++i) {
      if (changes[i].second) {
        model.insert(changes[i].first);
      } else {
        model.erase(changes[i].first);
      }
      was_there = restored.size() == model.size() && restored == model;
    }
    EXPECT_TRUE(was_there) << "turn " << turn << " of " << changes.size()
                           << " changes: " << restored.size()
                           << " messages were never what the stream held";
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, LivingFilesTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

// The command line restores this with a last sequence beyond all reason (1 << 62), and exit code 0.
TEST(CliFilesAcrossVersions, ADeletedMessageOf210IsRightOn29) {
  JETKEEP_NEEDS_COMMAND_LINE();
  ScratchDirectory scratch("cli-files");
  NatsServer from({.version = "2.10"});
  JetStreamClient client(from.Url());
  client.CreateStream({{"name", "ORDERS"}, {"subjects", {"orders"}}});
  client.PublishMany(600, [](std::uint64_t i) {
    return OutgoingMessage{"orders", std::to_string(i), ""};
  });
  client.DeleteMessage("ORDERS", 300);
  const ProgramResult backup =
      RunNats(from.Url(), {"backup", "account", "-f", scratch / "account"});
  ASSERT_EQ(backup.exit_code, 0) << Said(backup);
  const ProgramResult import = RunJetkeep(
      {"import", scratch / "account", "--repository", scratch / "repository", "--no-context"});
  ASSERT_EQ(import.exit_code, 0) << Said(import);
  const ProgramResult exported =
      RunJetkeep({"export", "--all", scratch / "out", "--server-version", "2.9.10", "--repository",
                  scratch / "repository", "--no-context"});
  ASSERT_EQ(exported.exit_code, 0) << Said(exported);
  // Both ways: by a service, and by the command line from what was exported.
  {
    NatsServer target({.version = "2.9"});
    ASSERT_EQ(RunNats(target.Url(), {"backup", "restore", "account", scratch / "out"}).exit_code,
              0);
    JetStreamClient restored(target.Url());
    EXPECT_EQ(restored.StreamInfo("ORDERS").at("state").at("last_seq"), 600);
    EXPECT_EQ(restored.StreamInfo("ORDERS").at("state").at("messages"), 599);
    EXPECT_EQ(restored.PublishAcked("orders", "next"), 601u);
  }
  Site site({.server = {.version = "2.9"}, .repository = scratch / "repository"});
  ASSERT_TRUE(site.Restore("ORDERS").completed());
  EXPECT_EQ(site.client().StreamInfo("ORDERS").at("state").at("messages"), 599);
  EXPECT_EQ(site.client().PublishAcked("orders", "next"), 601u);
}

}  // namespace
}  // namespace jetkeep::testing

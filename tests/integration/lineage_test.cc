// Lineages and restores by name, on real servers. The judge: what the test published. Within one
// lineage a sequence must mean the same message in every backup, whatever happened to the stream.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "protocol/repository/backup_id.h"
#include "service/repository/repository.h"
#include "service/store/posix/posix_store.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/support/raw_snapshot.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr int kNewerBackupUnusable = 70553;

class LineageTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    site_ = std::make_unique<Site>(SiteOptions{.server = {.version = GetParam()}});
  }
  JetStreamClient& client() { return site_->client(); }

  void Publish(const std::string& stream, std::uint64_t count, const std::string& text) {
    for (std::uint64_t i = 0; i < count; ++i) {
      client().PublishAcked(stream + ".s", text + std::to_string(++published_));
    }
  }
  void Make(const std::string& stream) {
    client().CreateStream({{"name", stream}, {"subjects", {stream + ".>"}}});
  }

  // The lineage of a new backup as a letter: a, b, … in the order in which the stream's begin.
  std::string BackUp(const std::string& stream) {
    const auto payloads = ReadPayloads(client(), stream);
    const Outcome outcome = site_->BackUp(stream);
    EXPECT_TRUE(outcome.completed()) << outcome.Text();
    if (!outcome.completed()) return outcome.Text();
    backup_ = outcome.backup();
    const std::string lineage = site_->Show(backup_).at("lineage");
    auto& letters = letters_[stream];
    const auto letter = letters.emplace(lineage, 'a' + letters.size()).first->second;
    auto& known = known_[lineage];
    for (const auto& [sequence, payload] : payloads) {
      EXPECT_EQ(known.emplace(sequence, payload).first->second, payload)
          << "sequence " << sequence << " of " << stream << " in one lineage";
    }
    return {static_cast<char>(letter)};
  }
  void RestoreById(const std::string& backup) {
    const Outcome restored = site_->End(site_->Begin("restore.request", {{"backup", backup}}));
    ASSERT_TRUE(restored.completed()) << restored.Text();
  }

  std::unique_ptr<Site> site_;
  std::uint64_t published_ = 0;
  std::string backup_;  // the newest
  std::map<std::string, std::map<std::string, std::size_t>> letters_;
  std::map<std::string, std::map<std::uint64_t, std::string>> known_;
};

TEST_P(LineageTest, WhatKeepsItsMessagesKeepsItsLineage) {
  Make("GROWN");
  Publish("GROWN", 50, "a");
  EXPECT_EQ(BackUp("GROWN"), "a");
  Publish("GROWN", 50, "a");
  EXPECT_EQ(BackUp("GROWN"), "a");
  client().DeleteMessage("GROWN", 100);
  client().DeleteMessage("GROWN", 1);
  client().DeleteMessage("GROWN", 60);
  EXPECT_EQ(BackUp("GROWN"), "a");
  client().PurgeStream("GROWN", {{"seq", 90}});
  Publish("GROWN", 5, "a");
  EXPECT_EQ(BackUp("GROWN"), "a");
  client().PurgeStream("GROWN");
  EXPECT_EQ(BackUp("GROWN"), "a");
  Publish("GROWN", 5, "a");
  EXPECT_EQ(BackUp("GROWN"), "a");

  client().CreateBucket("b", 1);
  for (int key = 0; key < 300; ++key) client().PutKey("b", "k" + std::to_string(key), "1");
  EXPECT_EQ(BackUp("KV_b"), "a");
  for (int key = 0; key < 300; ++key) {
    if (key != 77) client().PutKey("b", "k" + std::to_string(key), "2");
  }
  EXPECT_EQ(BackUp("KV_b"), "a") << "all anchors are gone, one message is left";
}

TEST_P(LineageTest, WhatWasRestoredIsAnotherLife) {
  Make("S");
  Publish("S", 50, "a");
  EXPECT_EQ(BackUp("S"), "a");
  const std::string fifty = backup_;
  Publish("S", 50, "a");
  EXPECT_EQ(BackUp("S"), "a");
  const std::string hundred = backup_;
  client().DeleteStream("S");
  RestoreById(fifty);
  Publish("S", 60, "b");
  EXPECT_EQ(BackUp("S"), "b");
  // A full copy, written on.
  client().DeleteStream("S");
  RestoreById(hundred);
  EXPECT_EQ(BackUp("S"), "c");
  Publish("S", 5, "c");
  EXPECT_EQ(BackUp("S"), "c") << "and from there on one life";
  // By the name: the newest, not the one with the most messages.
  const StreamDump before = DumpStream(client(), "S");
  EXPECT_EQ(site_->RestoredAgainst("S", before), "");
}

TEST_P(LineageTest, WhatTheServerItselfBroughtBackIsComparedByItsMessages) {
  Make("S");
  Publish("S", 50, "a");
  EXPECT_EQ(BackUp("S"), "a");
  const RawSnapshot fifty = TakeRawSnapshot(client(), "S");
  Publish("S", 50, "a");
  EXPECT_EQ(BackUp("S"), "a");
  const RawSnapshot hundred = TakeRawSnapshot(client(), "S");
  client().DeleteStream("S");
  RestoreRawSnapshot(client(), "S", fifty);
  Publish("S", 60, "b");
  EXPECT_EQ(BackUp("S"), "b");
  client().DeleteStream("S");
  RestoreRawSnapshot(client(), "S", hundred);
  Publish("S", 60, "c");
  EXPECT_EQ(BackUp("S"), "c");
  // Nothing was lost here: the same life or another, both are true. BackUp compares.
  const RawSnapshot all = TakeRawSnapshot(client(), "S");
  client().DeleteStream("S");
  RestoreRawSnapshot(client(), "S", all);
  Publish("S", 5, "d");
  BackUp("S");
  // Made anew, of the same numbers.
  client().DeleteStream("S");
  Make("S");
  Publish("S", 170, "e");
  const std::size_t before = letters_["S"].size();
  BackUp("S");
  EXPECT_EQ(letters_["S"].size(), before + 1);
}

TEST_P(LineageTest, ADiskThatWasSetBackIsAnotherLife) {
  const fs::path store = site_->server().store_dir();
  const fs::path copy = store.parent_path() / "copy";
  const auto restart_with = [&](const fs::path& from, const fs::path& to) {
    site_->server().Stop();
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
    site_->server().Start();
    site_->Reconnect();
    site_->jetkeep().WaitUntilReady();
  };
  for (const char* stream : {"PAST", "BACK"}) {
    Make(stream);
    Publish(stream, 50, "a");
  }
  restart_with(store, copy);
  for (const char* stream : {"PAST", "BACK"}) {
    Publish(stream, 50, "a");
    EXPECT_EQ(BackUp(stream), "a");
  }
  restart_with(copy, store);
  EXPECT_EQ(BackUp("BACK"), "b");
  Publish("PAST", 60, "b");
  EXPECT_EQ(BackUp("PAST"), "b");
}

INSTANTIATE_TEST_SUITE_P(Servers, LineageTest, ::testing::ValuesIn(ServerVersions()), VersionName);

// A restore by name, through the service; which backup is taken does not depend on the server.
class RestoreByNameTest : public LineageTest {
 protected:
  void SetUp() override {
    LineageTest::SetUp();
    Make("S");
    Publish("S", 50, "a");
    BackUp("S");
    older_ = backup_;
    Publish("S", 10, "a");
    BackUp("S");
    client().DeleteStream("S");
  }
  Outcome Restore(bool allow_older) {
    return site_->End(
        site_->Begin("restore.request", {{"stream", "S"}, {"allow_older", allow_older}}));
  }
  // Refused, naming the newest; with allow_older the other one is restored, and the answer says so.
  void ExpectRefusedUnlessAllowed(const std::string& why) {
    const Outcome refused = Restore(false);
    EXPECT_EQ(refused.err_code(), kNewerBackupUnusable) << refused.Text();
    EXPECT_NE(refused.error().find(backup_), std::string::npos) << refused.Text();
    EXPECT_NE(refused.error().find(why), std::string::npos) << refused.Text();
    EXPECT_FALSE(client().StreamExists("S"));
    const Json result =
        Ask(client(), "restore.request", {{"stream", "S"}, {"allow_older", true}, {"wait", true}},
            std::chrono::seconds(60));
    ASSERT_EQ(result.value("backup", ""), older_) << result.dump();
    const std::string warnings = result.at("warnings").dump();
    EXPECT_NE(warnings.find(backup_), std::string::npos) << warnings;
    EXPECT_NE(warnings.find("older"), std::string::npos) << warnings;
    EXPECT_EQ(client().StreamInfo("S").at("state").at("messages"), 50);
    client().DeleteStream("S");
  }
  std::string PathOf(const std::string& suffix) {
    for (const std::string& path : FilesBelow(site_->jetkeep().repository())) {
      if (path.find(backup_ + suffix) != std::string::npos) return path;
    }
    throw std::runtime_error("no file of " + backup_ + " with " + suffix);
  }

  std::string older_;
};

TEST_P(RestoreByNameTest, ADamagedManifestIsNamed) {
  const std::string manifest = PathOf(".manifest");
  const std::string whole = ReadWholeFile(manifest);
  FlipBytes(manifest, whole.size() / 3, 1);
  ExpectRefusedUnlessAllowed(".manifest");
  FlipBytes(manifest, whole.size() / 3, 1);
  ASSERT_EQ(ReadWholeFile(manifest), whole);
  // A manifest that is whole, of segments that are not: found before anything is sent.
  const std::string segment = PathOf("-000001");
  FlipBytes(segment, 80, 1);
  ExpectRefusedUnlessAllowed("lost: sequences");
  // Once that was found by a verify, the backup is passed over as one that failed.
  site_->End(site_->Begin("backup.verify", {{"backup", backup_}}));
  ExpectRefusedUnlessAllowed("verification failed");
  FlipBytes(segment, 80, 1);
  site_->End(site_->Begin("backup.verify", {{"backup", backup_}}));
  const Outcome good = Restore(false);
  EXPECT_TRUE(good.completed()) << good.Text();
  EXPECT_EQ(client().StreamInfo("S").at("state").at("messages"), 60);
}

// The newest backup again, as a program without exact cuts would have made it.
Result<std::string> CopyWithoutExactCut(const std::string& directory, const std::string& account,
                                        const std::string& backup) {
  JETKEEP_ASSIGN(const auto files, PosixStore::Open(directory, true));
  BlockWorkers workers(1);
  RepositoryOptions options;
  options.account = account;
  JETKEEP_ASSIGN(const auto repository, Repository::OpenExisting(*files, workers, options));
  JETKEEP_ASSIGN(const Manifest manifest, repository->Load(backup));
  const std::vector<std::string> ids{backup};
  const std::string id = NewBackupIdAbove(ids, 1, 1);
  JETKEEP_ASSIGN(const auto writer, repository->BeginBackup(manifest.stream, "", id));
  JETKEEP_ASSIGN(const auto reader, repository->OpenReader(manifest));
  JETKEEP_TRY(reader->ForEach([&](const RecordView& record) { return writer->AddRecord(record); }));
  Manifest copy = manifest;
  copy.lineage = id;
  copy.exact_cut = false;
  copy.cut_time_ns = 0;
  JETKEEP_TRY(writer->Finish(std::move(copy), manifest.completed_ns + 1));
  return id;
}

TEST_P(RestoreByNameTest, ABackupMadeBeforeExactCutsSaysSo) {
  const std::string text = "made before exact cuts";
  const std::string repository = site_->jetkeep().repository();
  const auto output = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--repository", repository});
    const ProgramResult result = RunJetkeep(arguments);
    return result.output + result.error;
  };
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{"list"}, {"show", backup_}, {"verify"}}) {
    EXPECT_EQ(output(verb).find(text), std::string::npos) << verb[0];
  }
  const Result<std::string> copied =
      CopyWithoutExactCut(repository, site_->Show(backup_).at("account"), backup_);
  ASSERT_TRUE(copied) << copied.error().message;
  const std::string& copy = *copied;
  for (const std::vector<std::string>& verb : {std::vector<std::string>{"list"},
                                               {"show", copy},
                                               {"show", copy, "--json"},
                                               {"verify"},
                                               {"verify", "--json"}}) {
    EXPECT_NE(output(verb).find(text), std::string::npos) << verb[0] << "\n" << output(verb);
  }
  EXPECT_EQ(site_->List("S").at(0).at("id"), copy);
  EXPECT_EQ(site_->List("S").at(0).at("cut").at("exact"), false);
  const Json result =
      Ask(client(), "restore.request", {{"stream", "S"}, {"wait", true}}, std::chrono::seconds(60));
  EXPECT_EQ(result.value("backup", ""), copy) << result.dump();
  EXPECT_NE(result.at("warnings").dump().find(text), std::string::npos) << result.dump();
  const Json verified = Ask(client(), "backup.verify", {{"backup", copy}, {"wait", true}});
  EXPECT_EQ(verified.at("damaged"), 0) << verified.dump();
  EXPECT_NE(verified.at("warnings").dump().find(text), std::string::npos) << verified.dump();
}

// Whoever may not read single messages backs up all the same, and each time begins a new lineage.
TEST_P(RestoreByNameTest, WithoutTheGrantForSingleMessagesEachBackupIsALineage) {
  const NatsServer server(
      {.version = GetParam(),
       .config = "authorization { users: [ { user: a, password: a }, { user: s, password: s, "
                 "permissions: { publish: { deny: [ \"$JS.API.STREAM.MSG.GET.>\" ] } } } ] }"});
  const std::string at = "@127.0.0.1:" + std::to_string(server.port());
  JetStreamClient admin("nats://a:a" + at);
  JetkeepProcess jetkeep({.server_url = "nats://s:s" + at, .wait_ready = false});
  for (int i = 0; i < 200 && admin.Request("backup.list", "").Status() == 503; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  admin.CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
  std::map<std::string, int> lineages;
  for (int i = 0; i < 2; ++i) {
    admin.PublishAcked("S.s", "x");
    const Json made = testing::BackUp(admin, "S", std::chrono::seconds(20));
    ++lineages[made.at("result").at("lineage")];
    EXPECT_LT(made.at("duration_seconds").get<double>(), 4) << "the refusal is noticed at once";
  }
  EXPECT_EQ(lineages.size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Servers, RestoreByNameTest, ::testing::Values("2.10"), VersionName);

}  // namespace
}  // namespace jetkeep::testing

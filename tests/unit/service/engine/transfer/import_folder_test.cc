// Imports of folders that hold archives of real servers, and what may be wrong with a folder.
#include "service/engine/transfer/import_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>

#include "protocol/repository/backup_id.h"
#include "tests/support/byte_streams.h"
#include "tests/unit/service/engine/transfer/transfer_fixture.h"

namespace jetkeep {
namespace {

TEST_F(TransferTest, ImportsWhatServersOfEachKindWrote) {
  for (const std::string version : {"2.9.10", "2.10.27", "2.15.1"}) {
    for (const Stream& stream : kStreams) {
      const std::string name = std::string(stream.file) + "_" + version;
      PutBackup(name, name);
      const ImportedBackup imported = One(name);
      const BackupSummary& backup = imported.backup;
      EXPECT_EQ(backup.messages, stream.messages) << name;
      EXPECT_EQ(backup.first_sequence, stream.first) << name;
      EXPECT_EQ(backup.last_sequence, stream.last) << name;
      EXPECT_EQ(backup.kind, "imported");
      EXPECT_EQ(backup.condition, BackupCondition::kComplete);
      EXPECT_TRUE(backup.exact_cut)
          << name << ": " << (imported.warnings.empty() ? "" : imported.warnings.back());
      const auto verified = repository_->Verify(backup.id, CancelToken());
      ASSERT_TRUE(verified);
      EXPECT_TRUE(verified->ok()) << name;
      const auto manifest = repository_->Load(backup.id);
      ASSERT_TRUE(manifest);
      EXPECT_NE(manifest->origin_json.find("\"path\":\".\""), std::string::npos)
          << manifest->origin_json;
      EXPECT_NE(manifest->origin_json.find("data_digest"), std::string::npos);
    }
  }
}

TEST_F(TransferTest, ABackupSortsByTheAgeOfItsArchive) {
  PutBackup("gold", "gold_2.10.27");
  const ImportedBackup imported = One("gold");
  // The archive is of 21 November 2026; it was imported later, or in a test whose clock is behind.
  EXPECT_LE(TimeOfBackupId(imported.backup.id), imported.backup.completed_ns);
  if (imported.backup.completed_ns > 1'795'300'000'000'000'000) {
    EXPECT_TRUE(imported.backup.id.starts_with("20261121T")) << imported.backup.id;
  }
}

TEST_F(TransferTest, TheSameBytesAreImportedOnce) {
  PutBackup("gold", "gold_2.15.1");
  const ImportedBackup first = One("gold");
  const ImportedBackup second = One("gold");
  EXPECT_FALSE(first.was_there);
  EXPECT_TRUE(second.was_there);
  EXPECT_EQ(first.backup.id, second.backup.id);
  EXPECT_EQ(Ids(*repository_).size(), 1u);
}

TEST_F(TransferTest, TheDataFileCountsByItsContent) {
  PutBackup("a", "gold_2.15.1", "stream.tar.s2");
  PutBackup("b", "gold_2.10.27", "stream.arc.s2");
  EXPECT_EQ(One("a").backup.messages, 26u);
  EXPECT_EQ(One("b").backup.messages, 26u);
}

TEST_F(TransferTest, AnAccountGoesOnWithoutWhatIsDamaged) {
  PutBackup("account/GOLD", "gold_2.10.27");
  PutBackup("account/KV_cfg", "kv_cfg_2.10.27");
  PutBackup("account/other", "blocks_2.15.1");
  fs::resize_file(Place("account/KV_cfg/stream.tar.s2"), 700);
  fs::create_directories(Place("account/MEM"));
  const auto report = Import("account");
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->streams.size(), 3u);
  ASSERT_EQ(report->warnings.size(), 1u);
  EXPECT_NE(report->warnings.front().find("MEM is empty"), std::string::npos);
  for (const StreamImport& item : report->streams) {
    if (item.stream == "KV_cfg") {
      ASSERT_TRUE(item.error);
      EXPECT_NE(item.error->message.find("stream.tar.s2"), std::string::npos);
      continue;
    }
    ASSERT_TRUE(item.imported) << item.stream;
    if (item.stream == "BLOCKS") {
      EXPECT_NE(item.imported->warnings.front().find("folder is named other"), std::string::npos);
    }
  }
  EXPECT_EQ(Ids(*repository_).size(), 2u);
  const auto strict = Import("account", {}, true);
  ASSERT_FALSE(strict);
  EXPECT_NE(strict.error().message.find("MEM"), std::string::npos);
  const auto chosen = Import("account", {"GOLD"});
  ASSERT_TRUE(chosen);
  ASSERT_EQ(chosen->streams.size(), 1u);
  EXPECT_TRUE(chosen->streams.front().imported->was_there);
  EXPECT_FALSE(Import("account", {"NOTHING"}));
}

TEST_F(TransferTest, WrongFoldersAreNamedAndChangeNothing) {
  EXPECT_NE(Refused("absent").find("is not there"), std::string::npos);
  fs::create_directories(Place("empty"));
  EXPECT_NE(Refused("empty").find("no backup"), std::string::npos);
  WriteTo(Place("repo/repository.json"), "{}");
  EXPECT_NE(Refused("repo").find("repository of jetkeep"), std::string::npos);

  PutBackup("both", "gold_2.10.27");
  WriteTo(Place("both/stream.arc.s2"), "x");
  EXPECT_NE(Refused("both").find("both stream.arc.s2 and stream.tar.s2"), std::string::npos);

  PutBackup("killed", "gold_2.10.27");
  WriteTo(Place("killed/backup.json"), "");
  EXPECT_NE(Refused("killed").find("backup.json is empty"), std::string::npos);

  PutBackup("alone", "gold_2.10.27");
  fs::remove(Place("alone/stream.tar.s2"));
  EXPECT_NE(Refused("alone").find("GOLD"), std::string::npos);

  PutBackup("json", "gold_2.10.27");
  fs::remove(Place("json/backup.json"));
  EXPECT_NE(Refused("json").find("backup.json is missing"), std::string::npos);

  PutBackup("foreign", "kv_cfg_2.10.27");
  WriteTo(Place("foreign/backup.json"), Golden("gold_2.10.27.json"));
  EXPECT_NE(Refused("foreign").find("KV_cfg"), std::string::npos);

  PutBackup("name", "gold_2.10.27");
  WriteTo(Place("name/backup.json"), R"({"config":{"name":"../../etc"},"state":{}})");
  EXPECT_NE(Refused("name").find("backup.json"), std::string::npos);
}

TEST_F(TransferTest, NoLinkAndNoPipeIsFollowed) {
  PutBackup("real", "gold_2.10.27");
  fs::create_directories(Place("link"));
  fs::create_symlink(Place("real/backup.json"), Place("link/backup.json"));
  fs::create_symlink(Place("real/stream.tar.s2"), Place("link/stream.tar.s2"));
  EXPECT_NE(Refused("link").find("no regular file"), std::string::npos);

  fs::create_directories(Place("account"));
  fs::create_directory_symlink(Place("real"), Place("account/GOLD"));
  const auto linked = Import("account");
  ASSERT_TRUE(linked);
  EXPECT_TRUE(linked->streams.empty());
  ASSERT_EQ(linked->warnings.size(), 1u);

  PutBackup("pipe", "gold_2.10.27");
  fs::remove(Place("pipe/stream.tar.s2"));
  ASSERT_EQ(mkfifo(Place("pipe/stream.tar.s2").c_str(), 0600), 0);
  EXPECT_NE(Refused("pipe").find("no regular file"), std::string::npos);
}

class AtStart : public Quiet {
 public:
  explicit AtStart(std::function<void()> then) : then_(std::move(then)) {}
  void OnStarted(const std::string&, const std::string&) override { then_(); }

 private:
  std::function<void()> then_;
};

// Another backup is put there after the first look at this one.
TEST_F(TransferTest, FilesThatChangeMeanwhileAreRefused) {
  const auto refused = [&](std::function<void()> change) {
    fs::remove_all(Place("in"));
    PutBackup("in", "gold_2.10.27");
    AtStart observer(std::move(change));
    const auto report = ImportFolder({Place("in"), {}, false}, *repository_, SystemClock(),
                                     observer, CancelToken());
    if (!report || !report->streams.front().error) return std::string("imported");
    return report->streams.front().error->message;
  };
  EXPECT_EQ(refused([] {}), "imported");
  const auto data = Place("in/stream.tar.s2");
  const auto rename_over = [&](const std::string& name, const std::string& bytes) {
    WriteTo(Place("other"), bytes);
    fs::rename(Place("other"), Place("in") / name);
  };
  EXPECT_NE(refused([&] { rename_over("stream.tar.s2", WholeFile(data)); }).find("changed while"),
            std::string::npos);
  EXPECT_NE(refused([&] { WriteTo(data, WholeFile(data)); }).find("changed while"),
            std::string::npos);
  EXPECT_NE(refused([&] {
              rename_over("backup.json", Golden("gold_2.9.10.json"));
            }).find("backup.json changed"),
            std::string::npos);
  EXPECT_EQ(Ids(*repository_).size(), 1u);
}

TEST_F(TransferTest, AFileThatGrowsWhileItIsReadIsRefused) {
  WriteTo(Place("f"), "one");
  const auto folder = SourceFolder::Open(scratch_.path());
  ASSERT_TRUE(folder);
  const auto file = folder->OpenFile("f");
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->Read());
  std::ofstream(Place("f"), std::ios::app) << "two";
  const Status end = (*file)->Finish();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Errc::kArchiveCorrupt);
}

TEST_F(TransferTest, TwoFoldersOfOneStreamAreRefused) {
  PutBackup("account/GOLD", "gold_2.10.27");
  PutBackup("account/GOLD-old", "gold_2.9.10");
  PutBackup("account/KV_cfg", "kv_cfg_2.10.27");
  const auto report = Import("account");
  ASSERT_TRUE(report);
  ASSERT_EQ(report->streams.size(), 3u);
  EXPECT_EQ(std::count_if(report->streams.begin(), report->streams.end(),
                          [](const StreamImport& item) { return item.error.has_value(); }),
            2);
  EXPECT_EQ(Ids(*repository_).size(), 1u);
}

TEST_F(TransferTest, AStashListNamesWhatIsMissing) {
  PutBackup("dump/GOLD", "gold_2.10.27");
  WriteTo(Place("dump/streams.json"), "[\n  \"GOLD\",\n  \"ORDERS\"\n]\n");
  const auto report = Import("dump");
  ASSERT_TRUE(report);
  ASSERT_EQ(report->streams.size(), 2u);
  EXPECT_TRUE(report->warnings.empty());
  for (const StreamImport& item : report->streams) {
    EXPECT_EQ(item.stream == "ORDERS", item.error.has_value()) << item.stream;
  }
}

TEST_F(TransferTest, AConfigurationThatIsNotTheArchivesIsNamed) {
  for (const std::string version : {"2.9.10", "2.10.27"}) {
    Again();
    fs::remove_all(Place("in"));
    PutBackup("in", "gold_" + version);
    EXPECT_TRUE(One("in").warnings.empty()) << version;
    std::string json = WholeFile(Place("in/backup.json"));
    const std::size_t at = json.find("\"max_msgs\":") + 11;
    json.insert(json.find_first_of(",\n", at), "5");
    WriteTo(Place("in/backup.json"), json);
    const ImportedBackup changed = One("in");
    ASSERT_EQ(changed.warnings.size(), 1u) << version;
    EXPECT_NE(changed.warnings.front().find("differs in max_msgs"), std::string::npos)
        << changed.warnings.front();
  }
}

// An archive of format 2 names no stream: what tells whose it is are its times and its bytes.
TEST_F(TransferTest, AnArchiveOfAnotherStreamIsNotCalledExact) {
  const auto edit = [&](const std::string& field, const std::string& value) {
    std::string json = WholeFile(Place("in/backup.json"));
    const std::size_t state = json.rfind("\"state\"");
    const std::size_t at = json.find("\"" + field + "\":", state) + field.size() + 3;
    const std::size_t end = json.find_first_of(",\n}", at);
    json.replace(at, end - at, value);
    WriteTo(Place("in/backup.json"), json);
  };
  const std::pair<const char*, const char*> cases[] = {{"first_ts", "\"2026-11-21T01:24:10.5Z\""},
                                                       {"last_ts", "\"2026-11-21T01:24:11.5Z\""},
                                                       {"bytes", "77"}};
  for (const auto& [field, value] : cases) {
    Again();
    fs::remove_all(Place("in"));
    PutBackup("in", "gold_2.15.1");
    EXPECT_TRUE(One("in").backup.exact_cut);
    Again();
    edit(field, value);
    const ImportedBackup imported = One("in");
    EXPECT_FALSE(imported.backup.exact_cut) << field;
    EXPECT_EQ(imported.backup.messages, 26u);
    ASSERT_FALSE(imported.warnings.empty()) << field;
    EXPECT_NE(imported.warnings.front().find(std::string("differ in ") + field), std::string::npos)
        << imported.warnings.front();
  }
}

// A first sequence that is too high: no message may be left out for it.
TEST_F(TransferTest, CountsThatContradictEachOtherAreNotUsed) {
  PutBackup("in", "gold_2.10.27");
  std::string json = WholeFile(Place("in/backup.json"));
  const std::size_t at = json.find("\"first_seq\":");
  json.replace(json.find('4', at), 1, "20");
  WriteTo(Place("in/backup.json"), json);
  const ImportedBackup imported = One("in");
  EXPECT_FALSE(imported.backup.exact_cut);
  EXPECT_EQ(imported.backup.messages, 26u);
  EXPECT_EQ(imported.backup.first_sequence, 4u);
  EXPECT_EQ(imported.backup.last_sequence, 40u);
  ASSERT_FALSE(imported.warnings.empty());
  EXPECT_NE(imported.warnings.front().find("contradict"), std::string::npos);
}

TEST_F(TransferTest, StrictTakesNothingBesideBackups) {
  PutBackup("account/GOLD", "gold_2.10.27");
  EXPECT_TRUE(Import("account", {}, true));
  WriteTo(Place("account/GOLD/notes"), "x");
  ASSERT_FALSE(Import("account", {}, true));
  EXPECT_TRUE(Import("account"));
  fs::remove(Place("account/GOLD/notes"));
  fs::rename(Place("account/GOLD"), Place("account/OLD"));
  const auto report = Import("account", {}, true);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("folder is named OLD"), std::string::npos);
}

TEST_F(TransferTest, AListOfAStashDumpNamesStreams) {
  PutBackup("dump/GOLD", "gold_2.10.27");
  WriteTo(Place("dump/streams.json"), R"(["GOLD", "GOLD", "no stream"])");
  const auto report = Import("dump");
  ASSERT_TRUE(report);
  ASSERT_EQ(report->streams.size(), 2u);
  for (const StreamImport& item : report->streams) {
    EXPECT_EQ(item.where == "streams.json", item.error.has_value()) << item.where;
  }
}

}  // namespace
}  // namespace jetkeep

// Exports: what was imported comes out as it was, and an export replaces nothing.
#include "service/engine/transfer/export_backup.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/byte_streams.h"
#include "tests/unit/service/engine/transfer/transfer_fixture.h"

namespace jetkeep {
namespace {

TEST_F(TransferTest, WhatIsExportedIsImportedAndExportedAgainAsTheSameBytes) {
  for (const std::string version : {"2.9.10", "2.10.27", "2.15.1"}) {
    for (const Stream& stream : kStreams) {
      for (const ExportFormat format : {ExportFormat::kV1, ExportFormat::kV2}) {
        const std::string name = std::string(stream.file) + "_" + version;
        Again();
        fs::remove_all(Place("turn"));
        PutBackup("turn/in", name);
        const ImportedBackup in = One("turn/in");
        ExportSpec spec;
        spec.format = format;
        const auto out =
            ExportBackup(*repository_, in.backup.id, Place("turn/out"), spec, CancelToken());
        ASSERT_TRUE(out) << out.error().message;
        Again();
        const ImportedBackup again = One("turn/out");
        EXPECT_EQ(again.backup.messages, stream.messages) << name;
        EXPECT_EQ(again.backup.num_deleted, in.backup.num_deleted) << name;
        EXPECT_EQ(again.backup.bytes, in.backup.bytes) << name;
        EXPECT_TRUE(again.backup.exact_cut) << name;
        const auto back =
            ExportBackup(*repository_, again.backup.id, Place("turn/back"), spec, CancelToken());
        ASSERT_TRUE(back) << back.error().message;
        const std::string data = format == ExportFormat::kV2 ? "stream.arc.s2" : "stream.tar.s2";
        for (const std::string& file : {std::string("backup.json"), data}) {
          EXPECT_EQ(WholeFile(Place("turn/out/" + file)), WholeFile(Place("turn/back/" + file)))
              << name << " " << file;
        }
      }
    }
  }
}

// Captured by the command line; and a configuration with a field of a server to come.
TEST_F(TransferTest, WhatNobodyKnowsIsKept) {
  PutBackup("in", "gold_2.15.1");
  std::string json = Golden("gold_2.15.1.json");
  const std::size_t at = json.find('{', json.find("\"config\"")) + 1;
  json.insert(at, R"("future": { "x": [1, 2.50, "a b"] },)");
  const std::size_t end = json.rfind('}');
  json.insert(
      end, R"(,"source":{"subjects":["gold.>"],"dropped":3},"edit":{"options":["a"]},"unknown":1)");
  WriteTo(Place("in/backup.json"), json);
  const ImportedBackup in = One("in");
  EXPECT_FALSE(in.backup.exact_cut);
  const auto manifest = repository_->Load(in.backup.id);
  ASSERT_TRUE(manifest);
  EXPECT_NE(manifest->origin_json.find(R"("dropped":3)"), std::string::npos);
  EXPECT_NE(manifest->origin_json.find(R"("edit":{"options":["a"]})"), std::string::npos);
  for (const ExportFormat format : {ExportFormat::kV1, ExportFormat::kV2}) {
    const ExportSpec spec{format, {}, {}};
    const std::string out = format == ExportFormat::kV1 ? "v1" : "v2";
    ASSERT_TRUE(ExportBackup(*repository_, in.backup.id, Place(out), spec, CancelToken()));
  }
  for (const std::string out : {"v1", "v2"}) {
    Again();
    const auto again = repository_->Load(One(out).backup.id);
    ASSERT_TRUE(again);
    EXPECT_NE(again->config_json.find(R"("future":{"x":[1,2.50,"a b"]})"), std::string::npos)
        << again->config_json;
  }
}

TEST_F(TransferTest, AnExportHasTheLayoutAndReplacesNothing) {
  PutBackup("in/GOLD", "gold_2.10.27");
  PutBackup("in/KV_cfg", "kv_cfg_2.10.27");
  ASSERT_TRUE(Import("in"));
  const auto exports = ExportStreams(*repository_, {}, Place("out"), {}, CancelToken());
  ASSERT_TRUE(exports) << exports.error().message;
  ASSERT_EQ(exports->size(), 2u);
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(Place("out"))) {
    files.push_back(fs::relative(entry.path(), Place("out")).string());
    const auto mode = entry.status().permissions() & fs::perms::all;
    EXPECT_EQ(mode, entry.is_directory() ? fs::perms::owner_all
                                         : fs::perms::owner_read | fs::perms::owner_write);
  }
  std::sort(files.begin(), files.end());
  EXPECT_EQ(files,
            (std::vector<std::string>{"GOLD", "GOLD/backup.json", "GOLD/stream.tar.s2", "KV_cfg",
                                      "KV_cfg/backup.json", "KV_cfg/stream.tar.s2"}));
  const auto again = ExportStreams(*repository_, {}, Place("out"), {}, CancelToken());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kObjectExists);
  // A stream without a backup is named; the others are there, and nothing is left of it.
  const auto some = ExportStreams(*repository_, {"GOLD", "NONE"}, Place("some"), {}, CancelToken());
  ASSERT_TRUE(some);
  EXPECT_TRUE(fs::exists(Place("some/GOLD/backup.json")));
  EXPECT_FALSE(fs::exists(Place("some/NONE")));
  EXPECT_FALSE(ExportStreams(*repository_, {"NONE"}, Place("none"), {}, CancelToken()));
  EXPECT_FALSE(fs::exists(Place("none")));
  for (const auto& entry : fs::directory_iterator(scratch_.path())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
  }
}

TEST_F(TransferTest, AnExportIsRefusedThatTheServerDoesNotRestore) {
  PutBackup("in", "gold_2.15.1");
  const std::string id = One("in").backup.id;
  const auto v2 = ExportBackup(*repository_, id, Place("out"), {ExportFormat::kV2, "2.10.27", {}},
                               CancelToken());
  ASSERT_FALSE(v2);
  EXPECT_EQ(v2.error().code, Errc::kRestoreRefused);
  EXPECT_FALSE(fs::exists(Place("out")));
  const auto out = ExportBackup(*repository_, id, Place("out"),
                                {ExportFormat::kAuto, "2.10.27", {}}, CancelToken());
  ASSERT_TRUE(out);
  EXPECT_EQ(out->format, ArchiveFormat::kV1Tar);
}

TEST_F(TransferTest, AnExportThatFailsLeavesNothing) {
  PutBackup("in", "blocks_2.10.27");
  const ImportedBackup in = One("in");
  for (const std::string& path : files().Paths()) {
    if (path.find("/segments/") == std::string::npos) continue;
    std::string bytes = files().Read(path);
    bytes[bytes.size() / 3] = static_cast<char>(bytes[bytes.size() / 3] ^ 1);
    files().Write(path, bytes);
  }
  const auto out = ExportBackup(*repository_, in.backup.id, Place("out"), {}, CancelToken());
  ASSERT_FALSE(out);
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch_.path()), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace jetkeep

// What the tests of imports and exports share: a repository, and archives that real servers made.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "protocol/archive/consumer_json.h"
#include "protocol/cli_layout/backup_json.h"
#include "protocol/s2/reader.h"
#include "protocol/sequences/sequences_text.h"
#include "service/engine/transfer/import_folder.h"
#include "tests/support/byte_streams.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {

namespace fs = std::filesystem;

class Quiet : public JobObserver {
 public:
  void OnStarted(const std::string&, const std::string&) override {}
  void OnProgress(const JobProgress&) override {}
  void OnRetry(int, const Error&, std::int64_t) override {}
};

inline std::string Golden(const std::string& name) {
  std::string bytes = WholeFile(std::string(ARCHIVE_TESTDATA) + "/" + name);
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

inline void WriteTo(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string Decompressed(const std::string& bytes) {
  PieceSource source(bytes);
  s2::Reader reader(source);
  std::string out;
  for (;;) {
    const auto piece = reader.Read();
    if (!piece || piece->empty()) return out;
    out += *piece;
  }
}

class TransferTest : public RepositoryTest {
 protected:
  void SetUp() override { repository_ = Open(); }

  // A new, empty repository.
  void Again() {
    repository_.reset();
    Renew();
    repository_ = Open();
  }

  fs::path Place(const std::string& name) const { return fs::path(scratch_.path()) / name; }

  // As `nats backup stream` would have left it. file: "gold_2.10.27".
  void PutBackup(const std::string& folder, const std::string& file,
                 const std::string& data_name = {}) {
    const bool v2 = file.ends_with("2.15.1");
    WriteTo(Place(folder) / "backup.json", Golden(file + ".json"));
    WriteTo(
        Place(folder) / (data_name.empty() ? v2 ? "stream.arc.s2" : "stream.tar.s2" : data_name),
        Golden(file + (v2 ? ".arc.s2" : ".tar.s2")));
  }

  Result<ImportReport> Import(const std::string& folder, std::vector<std::string> streams = {},
                              bool strict = false) {
    return ImportFolder({Place(folder), std::move(streams), strict}, *repository_, SystemClock(),
                        observer_, CancelToken());
  }

  // The one stream of the folder, which was imported.
  ImportedBackup One(const std::string& folder) {
    const auto report = Import(folder);
    if (!report || report->streams.size() != 1 || !report->streams.front().imported) {
      ADD_FAILURE() << folder << ": "
                    << (report ? report->streams.front().error->message : report.error().message);
      return {};
    }
    return *report->streams.front().imported;
  }

  // Why nothing of the folder was imported.
  std::string Refused(const std::string& folder) {
    const std::size_t before = Ids(*repository_).size();
    const auto report = Import(folder);
    EXPECT_EQ(Ids(*repository_).size(), before) << folder;
    if (!report) return report.error().message;
    EXPECT_EQ(report->streams.size(), 1u);
    if (!report->streams.front().error) return {};
    return report->streams.front().where + ": " + report->streams.front().error->message;
  }

  testing::ScratchDirectory scratch_{"transfer"};
  std::unique_ptr<Repository> repository_;
  Quiet observer_;
};

struct Stream {
  const char* file;
  std::uint64_t messages;
  std::uint64_t first;
  std::uint64_t last;
};
inline constexpr Stream kStreams[] = {{"gold", 26, 4, 40},
                                      {"kv_cfg", 5, 12, 17},
                                      {"emptied", 0, 10, 9},
                                      {"never", 0, 0, 0},
                                      {"blocks", 131, 157, 301}};

// Everything that a backup says of its stream, and every message: but not when it was imported.
inline std::string Essence(Repository& repository, const std::string& id) {
  const auto manifest = repository.Load(id);
  if (!manifest) return "cannot be loaded: " + manifest.error().message;
  const StreamState& state = manifest->state;
  std::string text = manifest->config_json + "\n" + CliStateJson(state) + "\ndeleted " +
                     SequencesText(manifest->deleted, 1000) + "\nlost " +
                     SequencesText(manifest->lost, 1000) + "\nexact " +
                     std::to_string(manifest->exact_cut) + "\ncreated " + manifest->stream_created +
                     "\n";
  for (const ConsumerBackup& consumer : manifest->consumers) {
    text += consumer.name + " " + ConsumerEntryToJson(consumer) + "\n";
  }
  for (const std::string& warning : manifest->warnings) text += "warning: " + warning + "\n";
  const auto reader = repository.OpenReader(*manifest);
  if (!reader) return "cannot be read: " + reader.error().message;
  const Status read = (*reader)->ForEach([&](const RecordView& record) -> Status {
    text += std::to_string(record.sequence) + " " + std::to_string(record.timestamp_ns) + " " +
            std::string(record.subject) + " " + std::string(record.headers) + " " +
            std::string(record.payload) + "\n";
    return {};
  });
  return read ? text : "cannot be read: " + read.error().message;
}

}  // namespace jetkeep

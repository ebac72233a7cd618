// Imports and exports against archives that real servers made, and what may be wrong with a folder.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/archive/consumer_json.h"
#include "protocol/cli_layout/backup_json.h"
#include "protocol/codec/digest.h"
#include "protocol/repository/backup_id.h"
#include "protocol/s2/frame.h"
#include "protocol/s2/reader.h"
#include "protocol/s2/writer.h"
#include "protocol/sequences/sequences_text.h"
#include "protocol/tar/reader.h"
#include "protocol/tar/writer.h"
#include "protocol/v2/archive_parser.h"
#include "protocol/v2/entry.h"
#include "service/engine/transfer/export_backup.h"
#include "service/engine/transfer/import_folder.h"
#include "service/engine/transfer/staged_folder.h"
#include "tests/support/byte_streams.h"
#include "tests/support/jetstream_client.h"
#include "tests/support/sanitized.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

namespace fs = std::filesystem;

class Quiet : public JobObserver {
 public:
  void OnStarted(const std::string&, const std::string&) override {}
  void OnProgress(const JobProgress&) override {}
  void OnRetry(int, const Error&, std::int64_t) override {}
};

std::string Golden(const std::string& name) {
  std::string bytes = WholeFile(std::string(ARCHIVE_TESTDATA) + "/" + name);
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

void WriteTo(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string Decompressed(const std::string& bytes) {
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
const Stream kStreams[] = {{"gold", 26, 4, 40},
                           {"kv_cfg", 5, 12, 17},
                           {"emptied", 0, 10, 9},
                           {"never", 0, 0, 0},
                           {"blocks", 131, 157, 301}};

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

// Everything that a backup says of its stream, and every message: but not when it was imported.
std::string Essence(Repository& repository, const std::string& id) {
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

// S2 as early servers of 2.15 wrote it: each piece in a chunk of its own.
std::string InChunks(const std::vector<std::string>& pieces) {
  std::string out;
  std::size_t count = 0;
  for (const std::string& piece : pieces) {
    StringSink sink;
    s2::Writer writer(sink, s2::Mode::kStored);
    EXPECT_TRUE(writer.Write(piece));
    EXPECT_TRUE(writer.Finish());
    // A second identifier is what `nats backup edit` writes.
    const bool identified = count != 0 && count != pieces.size() / 2;
    out += identified ? sink.text.substr(10) : sink.text;
    ++count;
  }
  return out;
}

// The entries of a v2 archive; equal pieces of a v1 archive.
std::vector<std::string> PiecesOf(std::string_view archive) {
  std::vector<std::string> pieces;
  if (!archive.starts_with(v2::kMagic)) {
    constexpr std::size_t kPieceBytes = 1024;
    for (std::size_t at = 0; at < archive.size(); at += kPieceBytes) {
      pieces.emplace_back(archive.substr(at, kPieceBytes));
    }
    return pieces;
  }
  pieces.emplace_back(archive.substr(0, v2::kMagic.size()));
  archive.remove_prefix(v2::kMagic.size());
  while (!archive.empty()) {
    v2::Entry entry;
    std::size_t size = 0;
    if (v2::ParseEntry(archive, entry, size) != v2::ParseOutcome::kComplete) break;
    pieces.emplace_back(archive.substr(0, size));
    archive.remove_prefix(size);
  }
  EXPECT_TRUE(archive.empty());
  return pieces;
}

// Imports a backup with one bit after the other flipped: each is refused, or the backup is the
// same.
class FlippedBitTest : public TransferTest {
 protected:
  // data: in place of the file's own, unless empty.
  void Begin(const std::string& file, const std::string& data) {
    Again();
    fs::remove_all(Place("in"));
    PutBackup("in", file);
    data_ = Place("in") / (file.ends_with("2.15.1") ? "stream.arc.s2" : "stream.tar.s2");
    if (!data.empty()) WriteTo(data_, data);
    right_ = Essence(*repository_, One("in").backup.id);
    bytes_ = WholeFile(data_);
    inside_ = Decompressed(bytes_);
  }
  void Flip(std::size_t bit) {
    std::string flipped = bytes_;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    WriteTo(data_, flipped);
    const auto report = Import("in");
    ASSERT_TRUE(report);
    const StreamImport& item = report->streams.front();
    ++flipped_;
    if (item.error) {
      EXPECT_FALSE(item.stream.empty());
      ++refused_;
      return;
    }
    // Where the compression could copy the same bytes from elsewhere, or an identifier in the
    // middle becomes padding: the archive is the same, bit for bit.
    EXPECT_EQ(Decompressed(flipped), inside_) << "bit " << bit;
    EXPECT_EQ(Essence(*repository_, item.imported->backup.id), right_) << "bit " << bit;
  }

  fs::path data_;
  std::string right_;
  std::string bytes_;
  std::string inside_;
  std::size_t flipped_ = 0;
  std::size_t refused_ = 0;
};

TEST_F(FlippedBitTest, AThousandPlacesOfAnArchive) {
  for (const std::string file : {"gold_2.9.10", "gold_2.10.27", "gold_2.15.1"}) {
    ASSERT_NO_FATAL_FAILURE(Begin(file, {}));
    const std::size_t before = refused_;
    const std::size_t turns = kSanitized ? 100 : 1000;
    for (std::size_t turn = 0; turn < turns; ++turn) {
      ASSERT_NO_FATAL_FAILURE(Flip(turn * 7919 % (bytes_.size() * 8)));
    }
    EXPECT_GT(refused_ - before, turns * 95 / 100) << file;
  }
}

// In the type of a chunk the highest bit makes one that readers pass over.
TEST_F(FlippedBitTest, TheHeadOfEveryChunk) {
  for (const std::string file : {"gold_2.10.27", "gold_2.15.1"}) {
    const bool v2 = file.ends_with("2.15.1");
    const std::string golden = Golden(file + (v2 ? ".arc.s2" : ".tar.s2"));
    ASSERT_NO_FATAL_FAILURE(Begin(file, InChunks(PiecesOf(Decompressed(golden)))));
    std::size_t chunks = 0;
    for (std::size_t at = 0; at < bytes_.size();
         at += s2::kChunkHeaderBytes + s2::LoadChunkLength(bytes_.data() + at)) {
      ++chunks;
      // All of the type, some of the length and of the checksum.
      for (std::size_t bit = 0; bit < 64; bit += bit < 8 ? 1 : 11) {
        ASSERT_NO_FATAL_FAILURE(Flip(at * 8 + bit));
      }
    }
    EXPECT_GT(chunks, 20u);
  }
  EXPECT_LE(flipped_ - refused_, 2u * 14) << "only those of the identifier in the middle";
}

TEST_F(TransferTest, AnArchiveThatIsCutShortAnywhereIsRefused) {
  for (const std::string file : {"gold_2.9.10", "gold_2.10.27", "gold_2.15.1"}) {
    fs::remove_all(Place("in"));
    PutBackup("in", file);
    const fs::path data =
        Place("in") / (file.ends_with("2.15.1") ? "stream.arc.s2" : "stream.tar.s2");
    const std::string golden = WholeFile(data);
    const std::string whole = InChunks(PiecesOf(Decompressed(golden)));
    for (std::size_t size = 0; size < whole.size(); size += kSanitized ? 997 : 97) {
      WriteTo(data, whole.substr(0, size));
      const std::string refused = Refused("in");
      EXPECT_NE(refused.find(data.filename().string()), std::string::npos) << size << refused;
    }
  }
}

// Nothing protects backup.json. What it says of the messages is held against the archive: the
// messages are those of the archive, or the backup is refused; where the two disagree it says so.
// That a configuration of v2 was changed, nothing can tell.
TEST_F(FlippedBitTest, BackupJson) {
  for (const std::string file : {"gold_2.9.10", "gold_2.10.27", "gold_2.15.1"}) {
    ASSERT_NO_FATAL_FAILURE(Begin(file, {}));
    const std::string json = WholeFile(Place("in/backup.json"));
    const auto right = repository_->Load(Ids(*repository_).front());
    ASSERT_TRUE(right);
    EXPECT_TRUE(right->warnings.empty()) << right->warnings.front();
    const std::string messages = right_.substr(right_.find("\n4 "));
    for (std::size_t turn = 0; turn < (kSanitized ? 50 : 300); ++turn) {
      const std::size_t bit = turn * 7919 % (json.size() * 8);
      std::string flipped = json;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      WriteTo(Place("in/backup.json"), flipped);
      const auto report = Import("in");
      ASSERT_TRUE(report);
      const StreamImport& item = report->streams.front();
      if (item.error) continue;
      const auto manifest = repository_->Load(item.imported->backup.id);
      ASSERT_TRUE(manifest);
      const std::string essence = Essence(*repository_, manifest->id);
      EXPECT_EQ(essence.substr(std::min(essence.size(), essence.find("\n4 "))), messages)
          << file << " bit " << bit << "\n"
          << flipped;
      EXPECT_EQ(manifest->state.messages, right->state.messages) << file << " bit " << bit;
      EXPECT_EQ(manifest->state.first_sequence, right->state.first_sequence) << file << bit;
      EXPECT_EQ(manifest->state.last_sequence, right->state.last_sequence) << file << bit;
      EXPECT_EQ(manifest->state.bytes, right->state.bytes) << file << " bit " << bit;
      EXPECT_EQ(manifest->deleted, right->deleted) << file << " bit " << bit;
      EXPECT_EQ(manifest->consumers.size(), right->consumers.size()) << file << " bit " << bit;
    }
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

// A server that cannot read a message says so at the end of the archive, and calls it done.
TEST_F(TransferTest, AnArchiveThatTellsOfErrorsIsRefused) {
  PutBackup("in", "gold_2.10.27");
  const std::string archive = Decompressed(Golden("gold_2.10.27.tar.s2"));
  StringSink with;
  {
    PieceSource source(archive);
    tar::Reader reader(source);
    tar::Writer writer(with);
    for (;;) {
      const auto entry = reader.NextEntry();
      ASSERT_TRUE(entry);
      if (!*entry) break;
      const std::string name((*entry)->name);
      ASSERT_TRUE(writer.BeginEntry(name, (*entry)->size, (*entry)->time_ns));
      for (;;) {
        const auto bytes = reader.ReadData();
        ASSERT_TRUE(bytes);
        if (bytes->empty()) break;
        ASSERT_TRUE(writer.Write(*bytes));
      }
    }
    const std::string text = "Could not read message block [3]";
    ASSERT_TRUE(writer.BeginEntry("errors.txt", text.size(), 0));
    ASSERT_TRUE(writer.Write(text));
    ASSERT_TRUE(writer.Finish());
  }
  StringSink compressed;
  s2::Writer writer(compressed, s2::Mode::kSnappy);
  ASSERT_TRUE(writer.Write(with.text));
  ASSERT_TRUE(writer.Finish());
  WriteTo(Place("in/stream.tar.s2"), compressed.text);
  EXPECT_NE(Refused("in").find("message block [3]"), std::string::npos);
}

// The peak of this process's resident memory while `work` runs, above what it has now.
std::uint64_t PeakGrowthBytes(const std::function<void()>& work) {
  const auto kib = [](const std::string& key) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(key)) return std::stoull(line.substr(key.size()));
    }
    return 0ull;
  };
  std::ofstream("/proc/self/clear_refs") << "5";  // forgets the peak so far
  const std::uint64_t before = kib("VmRSS:");
  work();
  const std::uint64_t peak = kib("VmHWM:");
  return peak > before ? (peak - before) * 1024 : 0;
}

// Each a few megabytes that become hundreds.
TEST_F(TransferTest, WhatClaimsOrBecomesFarTooMuchIsRefusedInLittleMemory) {
  const auto compressed = [](const std::string& begin, const std::string& rest, int times) {
    StringSink sink;
    s2::Writer writer(sink, s2::Mode::kSnappy);
    EXPECT_TRUE(writer.Write(begin));
    for (int turn = 0; turn < times; ++turn) EXPECT_TRUE(writer.Write(rest));
    EXPECT_TRUE(writer.Finish());
    return sink.text;
  };
  const std::string zeros(1 << 20, '\0');
  const std::string spaces(1 << 20, ' ');
  const int times = kSanitized ? 80 : 400;
  const std::string meta = R"({"name":"GOLD","Created":"2026-01-01T00:00:00Z"})";
  const auto tar_of = [&](const std::string& name, std::uint64_t size) {
    StringSink sink;
    tar::Writer writer(sink);
    if (name != "meta.inf") {
      EXPECT_TRUE(writer.BeginEntry("meta.inf", meta.size(), 0));
      EXPECT_TRUE(writer.Write(meta));
    }
    EXPECT_TRUE(writer.BeginEntry(name, size, 0));
    return sink.text;
  };
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 40;
  std::string state(v2::kMagic);
  // Name of 10 bytes, no time, no sequence, no headers, 64 MiB.
  state += std::string("\x0a\0\0\0\x80\x80\x80\x20state.json{", 19);
  std::string entry(v2::kMagic);
  entry += std::string("\x0a\0\0\0\x02state.json{}\x01\0\x01\0", 21);
  entry += "\xff\xff\xff\xff\xff\xff\xff\xff\x7f";  // a message of half of 2^64 bytes
  const struct {
    const char* what;
    std::string data;
  } cases[] = {
      {"zeros", compressed({}, zeros, times)},
      {"a huge meta.inf", compressed(tar_of("meta.inf", kHuge), spaces, times)},
      {"a huge meta.sum", compressed(tar_of("meta.sum", kHuge), spaces, times)},
      {"a huge block", compressed(tar_of("msgs/1.blk", kHuge), zeros, times)},
      {"a huge index", compressed(tar_of("msgs/index.db", kHuge), zeros, times)},
      {"a huge block index", compressed(tar_of("msgs/1.idx", kHuge), zeros, times)},
      {"a huge consumer", compressed(tar_of("obs/c/o.dat", kHuge), zeros, times)},
      {"errors without end", compressed(tar_of("errors.txt", kHuge), spaces, times)},
      {"a huge state", compressed(state, spaces, times)},
      {"a huge message", compressed(entry, zeros, times)},
  };
  for (const auto& one : cases) {
    fs::remove_all(Place("in"));
    PutBackup("in", "gold_2.10.27");
    WriteTo(Place("in/stream.tar.s2"), one.data);
    std::string refused;
    const std::uint64_t grown = PeakGrowthBytes([&] { refused = Refused("in"); });
    EXPECT_NE(refused.find("stream.tar.s2"), std::string::npos) << one.what << ": " << refused;
    if (!kSanitized) {
      EXPECT_LT(grown, 32u << 20) << one.what;
    }
  }
  PutBackup("json", "gold_2.10.27");
  fs::resize_file(Place("json/backup.json"), kHuge);
  EXPECT_NE(Refused("json").find("more than any such file"), std::string::npos);
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

// "{"name": "GOLD", …}" without messages, as in 2021; after the description of that layout.
TEST_F(TransferTest, ConfigurationsOfOldAreImportedWithTheirArchives) {
  // {"name":"GOLD","subjects":["gold.>"],"retention":"limits","storage":"file","num_replicas":1}
  WriteTo(Place("old/stream_GOLD.json"),
          R"({"type":"stream","time":"2021-03-04T05:06:07Z","configuration":")"
          "eyJuYW1lIjoiR09MRCIsInN1YmplY3RzIjpbImdvbGQuPiJdLCJyZXRlbnRpb24iOiJsaW1pdHMiLCJzdG9yYWdl"
          "IjoiZmlsZSIsIm51bV9yZXBsaWNhcyI6MX0="
          R"(","checksum":")"
          "830b4f45868ced7c1c39f926ca176ccc8c00942c68c4acb9cae2cf7b16880c41"
          R"("})");
  WriteTo(Place("old/stream_GOLD_consumer_w.json"),
          R"({"type":"consumer","time":"2021-03-04T05:06:07Z","configuration":")"
          "eyJuYW1lIjoidyIsInN0cmVhbSI6IkdPTEQiLCJjb25maWciOnsiZHVyYWJsZV9uYW1lIjoidyIsImFja19wb2xp"
          "Y3kiOiJleHBsaWNpdCJ9fQ=="
          R"(","checksum":")"
          "efaafe813478ad46b04e94b89dcdfc6f3e994bfe928a8d451f84ff03e8aacdd5"
          R"("})");
  const ImportedBackup alone = One("old");
  EXPECT_EQ(alone.backup.messages, 0u);
  EXPECT_EQ(alone.backup.consumers, 1u);
  EXPECT_FALSE(alone.backup.exact_cut);
  EXPECT_EQ(repository_->Load(alone.backup.id)->archive_format, ArchiveFormat::kNone);
  EXPECT_TRUE(alone.backup.id.starts_with("20210304T050607Z")) << alone.backup.id;

  WriteTo(Place("old/GOLD.tgz"), Golden("gold_2.10.27.tar.s2"));
  const ImportedBackup with_data = One("old");
  EXPECT_EQ(with_data.backup.messages, 26u);
  EXPECT_FALSE(with_data.backup.exact_cut) << "no state says how many there were";

  WriteTo(Place("archive/stream_KV_cfg.tgz"), Golden("kv_cfg_2.10.27.tar.s2"));
  const ImportedBackup archive = One("archive");
  EXPECT_EQ(archive.backup.stream, "KV_cfg");
  EXPECT_EQ(archive.backup.messages, 5u);
}

std::string Legacy(const std::string& type, const std::string& json) {
  return R"({"type":")" + type + R"(","time":"2022-03-04T05:06:07Z","configuration":")" +
         testing::EncodeBase64(json) + R"(","checksum":")" + ToHex(Sha256(json)) + R"("})";
}

TEST_F(TransferTest, ConfigurationsOfOldThatAreDamagedOrEphemeralAreNamed) {
  const auto consumer = [](const std::string& config) {
    return Legacy("consumer", R"({"name":"w","stream":"GOLD","config":)" + config + "}");
  };
  WriteTo(Place("old/stream_GOLD.json"), Legacy("stream", R"({"name":"GOLD","storage":"file"})"));
  WriteTo(Place("old/stream_GOLD_consumer_w.json"), consumer(R"({"ack_policy":"explicit"})"));
  std::string damaged = Legacy("stream", R"({"name":"OTHER","storage":"file"})");
  damaged.replace(damaged.find("checksum\":\"") + 11, 4, "0000");
  WriteTo(Place("old/stream_OTHER.json"), damaged);
  WriteTo(Place("old/stream_LOST_consumer_x.json"),
          Legacy("consumer", R"({"name":"x","stream":"LOST","config":{"durable_name":"x"}})"));
  const auto report = Import("old");
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->warnings.size(), 1u);
  EXPECT_NE(report->warnings.front().find("consumer w is ephemeral"), std::string::npos);
  ASSERT_EQ(report->streams.size(), 3u);
  for (const StreamImport& item : report->streams) {
    if (item.stream == "GOLD") {
      ASSERT_TRUE(item.imported);
      EXPECT_EQ(item.imported->backup.consumers, 0u);
    } else if (item.stream == "LOST") {
      EXPECT_NE(item.error->message.find("file of its stream"), std::string::npos);
    } else {
      EXPECT_EQ(item.where, "stream_OTHER.json");
      EXPECT_NE(item.error->message.find("checksum"), std::string::npos) << item.error->message;
    }
  }
}

std::uint32_t Crc32(const std::string& bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
  }
  return ~crc;
}

void AppendLittleEndian(std::string& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to += static_cast<char>(value >> 8 * i & 0xff);
}

// Not compressed, so that nothing but the checksum knows of a flipped bit.
std::string Gzip(const std::string& bytes) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  for (std::size_t at = 0; at < bytes.size() || at == 0; at += 60000) {
    const std::string block = bytes.substr(at, 60000);
    out += static_cast<char>(at + 60000 >= bytes.size());
    AppendLittleEndian(out, block.size(), 2);
    AppendLittleEndian(out, ~block.size(), 2);
    out += block;
  }
  AppendLittleEndian(out, Crc32(bytes), 4);
  AppendLittleEndian(out, bytes.size(), 4);
  return out;
}

// An archive alone: where the stream began and ended is told by what is inside.
TEST_F(TransferTest, AnArchiveWithoutAStateIsWhatAServerWouldRestore) {
  for (const std::string version : {"2.9.10", "2.10.27"}) {
    for (const Stream& stream : kStreams) {
      const std::string name = std::string(stream.file) + "_" + version;
      Again();
      fs::remove_all(Place("old"));
      WriteTo(Place("old/" + std::string(stream.file) + ".tgz"),
              Gzip(Decompressed(Golden(name + ".tar.s2"))));
      const BackupSummary backup = One("old").backup;
      EXPECT_EQ(backup.messages, stream.messages) << name;
      EXPECT_EQ(backup.last_sequence, stream.last) << name;
      EXPECT_EQ(backup.first_sequence, stream.first) << name;
      EXPECT_FALSE(backup.exact_cut) << name;
    }
  }
}

TEST_F(TransferTest, AFlippedBitInGzipIsFound) {
  const std::string good = Gzip(Decompressed(Golden("gold_2.10.27.tar.s2")));
  for (std::size_t turn = 0; turn < 300; ++turn) {
    std::string flipped = good;
    // Behind the header, of which the time and the like mean nothing.
    const std::size_t bit = 80 + turn * 7919 % ((good.size() - 10) * 8);
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    WriteTo(Place("old/GOLD.tgz"), flipped);
    Refused("old");
  }
  WriteTo(Place("old/GOLD.tgz"), good + "x");
  Refused("old");
  EXPECT_TRUE(Ids(*repository_).empty());
}

TEST_F(TransferTest, AConsumerInTheArchiveAndBesideItIsOne) {
  const std::size_t inside = [&] {
    WriteTo(Place("alone/GOLD.tgz"), Golden("gold_2.10.27.tar.s2"));
    return One("alone").backup.consumers;
  }();
  ASSERT_GT(inside, 0u);
  const auto manifest = repository_->Load(Ids(*repository_).front());
  ASSERT_TRUE(manifest);
  const std::string name = manifest->consumers.front().name;
  WriteTo(Place("old/stream_GOLD.json"), Legacy("stream", manifest->config_json));
  const std::string consumer = R"({"name":")" + name +
                               R"(","stream":"GOLD","config":{"durable_name":")" + name +
                               R"(","ack_policy":"explicit"}})";
  WriteTo(Place("old/stream_GOLD_consumer_x.json"), Legacy("consumer", consumer));
  WriteTo(Place("old/GOLD.tgz"), Golden("gold_2.10.27.tar.s2"));
  EXPECT_EQ(One("old").backup.consumers, inside);
}

TEST_F(TransferTest, WhatAKilledExportLeftIsRemovedByTheNext) {
  PutBackup("in/GOLD", "gold_2.10.27");
  ASSERT_TRUE(Import("in"));
  PutBackup("account/.GOLD.jetkeep-123", "gold_2.10.27");
  PutBackup("account/.GOLD.jetkeep-45/GOLD", "gold_2.10.27");
  PutBackup("account/.GOLD.jetkeep-locked", "gold_2.10.27");
  PutBackup("account/.OTHER.jetkeep-1", "gold_2.10.27");
  PutBackup("account/.GOLD.jetkeep-67", "gold_2.10.27");
  const Descriptor other(open(Place("account/.GOLD.jetkeep-67").c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(flock(other.get(), LOCK_EX), 0);
  const std::string id = Ids(*repository_).front();
  ASSERT_TRUE(ExportBackup(*repository_, id, Place("account/GOLD"), {}, CancelToken()));
  EXPECT_FALSE(fs::exists(Place("account/.GOLD.jetkeep-123")));
  EXPECT_FALSE(fs::exists(Place("account/.GOLD.jetkeep-45")));
  EXPECT_TRUE(fs::exists(Place("account/.GOLD.jetkeep-67"))) << "another export writes there";
  EXPECT_TRUE(fs::exists(Place("account/.GOLD.jetkeep-locked"))) << "no such name";
  EXPECT_TRUE(fs::exists(Place("account/.OTHER.jetkeep-1"))) << "of another target";
  // None of them is a second backup of the stream.
  fs::remove_all(Place("account/.GOLD.jetkeep-locked"));
  const auto report = Import("account");
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->streams.size(), 1u);
  EXPECT_TRUE(report->streams.front().imported);
  EXPECT_EQ(report->warnings.size(), 2u);
}

TEST_F(TransferTest, AFolderIsMadeOfMoreFoldersThanFilesMayBeOpen) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{64, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  auto staged = StagedFolder::Begin(Place("many"));
  ASSERT_TRUE(staged);
  for (int number = 0; number < 200; ++number) {
    auto file = (*staged)->Create("S" + std::to_string(number), "f");
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE((*file)->Finish());
  }
  EXPECT_TRUE((*staged)->Publish());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(fs::exists(Place("many/S199/f")));
}

TEST_F(TransferTest, NoNameLeadsOutOfTheStagedFolder) {
  auto staged = StagedFolder::Begin(Place("out"));
  ASSERT_TRUE(staged);
  for (const std::string name : {"", ".", "..", "../x", "/x", "a/b"}) {
    EXPECT_FALSE((*staged)->Create({}, name)) << name;
  }
  for (const std::string name : {".", "..", "../x", "/x", "x/", "x/../y", "x//y"}) {
    EXPECT_FALSE((*staged)->Create(name, "f")) << name;
  }
  EXPECT_TRUE((*staged)->Create("a/b", "f"));
  staged->reset();
  EXPECT_TRUE(fs::is_empty(scratch_.path()));
}

}  // namespace
}  // namespace jetkeep

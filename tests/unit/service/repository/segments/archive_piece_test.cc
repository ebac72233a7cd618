// Backups at the fastest setting: what a server has compressed is kept as it came.
#include "protocol/repository/archive_piece.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "protocol/archive/snapshot_reader.h"
#include "protocol/archive/v1_archive_writer.h"
#include "protocol/archive/v2_archive_writer.h"
#include "protocol/s2/writer.h"
#include "service/repository/segments/compression_choice.h"
#include "service/repository/segments/segment_file.h"
#include "tests/support/byte_streams.h"
#include "tests/support/sanitized.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

struct Message {
  std::uint64_t sequence;
  std::string headers;
  std::string payload;
};

std::string Text(std::uint64_t sequence, std::size_t bytes) {
  std::mt19937_64 random(sequence);
  std::string text;
  while (text.size() < bytes) {
    text += "{\"order\":" + std::to_string(random() % 100'000) + ",\"state\":\"shipped\"},";
  }
  text.resize(bytes);
  return text;
}

std::string Noise(std::uint64_t sequence, std::size_t bytes) {
  std::mt19937_64 random(sequence);
  std::string noise(bytes, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  return noise;
}

std::vector<Message> Messages(std::size_t count,
                              const std::function<std::string(std::uint64_t)>& payload_of) {
  std::vector<Message> messages;
  for (std::uint64_t s = 1; s <= count; ++s) {
    messages.push_back({s, s % 3 == 0 ? "NATS/1.0\r\nA: b\r\n\r\n" : "", payload_of(s)});
  }
  return messages;
}

std::string Compressed(const std::string& archive) {
  StringSink sink;
  s2::Writer writer(sink, s2::Mode::kSnappy);
  EXPECT_TRUE(writer.Write(archive));
  EXPECT_TRUE(writer.Finish());
  return std::move(sink.text);
}

std::string Archive(const std::vector<Message>& messages, ArchiveFormat format) {
  StringSink sink;
  TarFiles files(sink);
  V1ArchiveWriter v1(files);
  V2ArchiveWriter v2(sink, 1);
  ArchiveWriter& archive = format == ArchiveFormat::kV1Tar ? static_cast<ArchiveWriter&>(v1) : v2;
  ArchiveContents contents;
  contents.stream_name = "ORDERS";
  contents.config_json = R"({"name":"ORDERS","subjects":["orders.>"],"storage":"file"})";
  contents.created = "2026-11-21T01:00:00Z";
  contents.state.messages = messages.size();
  contents.state.first_sequence = messages.front().sequence;
  contents.state.last_sequence = messages.back().sequence;
  EXPECT_TRUE(archive.Begin(contents));
  for (const Message& m : messages) {
    EXPECT_TRUE(archive.AddRecord({m.sequence, static_cast<std::int64_t>(m.sequence) * 1000,
                                   "orders.new", m.headers, m.payload}));
  }
  EXPECT_TRUE(archive.Finish());
  return std::move(sink.text);
}

// Into a backup, but for the sequences that are not wanted.
class IntoBackup : public SnapshotHandler {
 public:
  IntoBackup(BackupWriter& writer, std::set<std::uint64_t> unwanted)
      : writer_(writer), unwanted_(std::move(unwanted)) {}
  Status OnStreamMeta(std::string_view) override { return {}; }
  Status OnRecord(const RecordView& record) override {
    return unwanted_.contains(record.sequence) ? Status{} : writer_.AddRecord(record);
  }
  Status OnDeleted(std::uint64_t, std::uint64_t) override { return {}; }
  Status OnConsumer(ConsumerBackup) override { return {}; }
  // Expected of what is not wanted.
  Status OnDamage(ArchiveDamage damage) override {
    if (unwanted_.contains(damage.sequence)) return {};
    return Fail(Errc::kArchiveCorrupt, damage.where + ": " + damage.what);
  }
  PieceHandler* pieces() override { return writer_.pieces(); }

 private:
  BackupWriter& writer_;
  std::set<std::uint64_t> unwanted_;
};

class ArchivePieceTest : public RepositoryTest, public testing::WithParamInterface<ArchiveFormat> {
 protected:
  static LineagePath Place() { return *LineagePath::Make("$G", "ORDERS", TestId(1)); }

  std::unique_ptr<Repository> OpenFastest() {
    RepositoryOptions options;
    options.writer.zstd_level = kFastestLevel;
    options.writer.keep_pieces = true;
    auto repository =
        Repository::OpenOrCreate(files(), workers_, options, 1'790'000'000'000'000'000);
    EXPECT_TRUE(repository);
    return std::move(*repository);
  }

  // Takes the snapshot into a backup, compares every record, and counts its blocks by their codec.
  std::map<BlockCodec, int> Keep(const std::vector<Message>& messages,
                                 const std::set<std::uint64_t>& unwanted = {}) {
    return Keep(Archive(messages, GetParam()), messages, unwanted);
  }

  std::map<BlockCodec, int> Keep(const std::string& archive, const std::vector<Message>& messages,
                                 const std::set<std::uint64_t>& unwanted) {
    const auto repository = OpenFastest();
    auto writer = repository->BeginBackup("ORDERS", "", TestId(1));
    EXPECT_TRUE(writer);
    const std::string snapshot = Compressed(archive);
    snapshot_bytes_ = snapshot.size();
    PieceSource source(snapshot, 128 * 1024);
    IntoBackup handler(**writer, unwanted);
    const auto read = ReadSnapshot(source, "ORDERS", handler);
    EXPECT_TRUE(read) << read.error().message;
    Manifest manifest = TestManifest("ORDERS", TestId(1), messages.back().sequence, 0);
    for (const std::uint64_t sequence : unwanted) manifest.deleted.Add(sequence);
    manifest.state.num_deleted = unwanted.size();
    manifest.state.messages = messages.size() - unwanted.size();
    auto made = (*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'000);
    EXPECT_TRUE(made) << made.error().message;
    if (!made) return {};
    made_ = std::move(*made);
    Compare(*repository, messages, unwanted);
    const auto verified = repository->Verify(TestId(1), CancelToken());
    EXPECT_TRUE(verified && verified->ok()) << (verified ? verified->findings.front() : "");

    std::map<BlockCodec, int> codecs;
    for (const SegmentRef& segment : made_.segments) {
      const auto file = SegmentFile::Open(files(), Place(), segment);
      EXPECT_TRUE(file);
      for (const BlockInfo& info : (*file)->blocks()) ++codecs[info.codec];
    }
    return codecs;
  }

  static void Compare(Repository& repository, const std::vector<Message>& messages,
                      const std::set<std::uint64_t>& unwanted) {
    const auto manifest = repository.Load(TestId(1));
    ASSERT_TRUE(manifest);
    const auto reader = repository.OpenReader(*manifest);
    ASSERT_TRUE(reader);
    auto next = messages.begin();
    const Status all = (*reader)->ForEach([&](const RecordView& record) -> Status {
      while (next != messages.end() && unwanted.contains(next->sequence)) ++next;
      if (next == messages.end() || record.sequence != next->sequence ||
          record.payload != next->payload || record.headers != next->headers ||
          record.subject != "orders.new" ||
          record.timestamp_ns != static_cast<std::int64_t>(next->sequence) * 1000) {
        return Fail(Errc::kInternal, "record " + std::to_string(record.sequence) + " differs");
      }
      ++next;
      return {};
    });
    EXPECT_TRUE(all) << all.error().message;
    while (next != messages.end() && unwanted.contains(next->sequence)) ++next;
    EXPECT_TRUE(next == messages.end());
  }

  std::uint64_t stored_bytes() const {
    std::uint64_t bytes = 0;
    for (const SegmentRef& segment : made_.segments) bytes += segment.stored_bytes;
    return bytes;
  }

  Manifest made_;
  std::uint64_t snapshot_bytes_ = 0;
};

TEST_P(ArchivePieceTest, KeepsWhatTheServerCompressed) {
  const auto codecs = Keep(Messages(5000, [](std::uint64_t s) { return Text(s, 4096); }));
  ASSERT_TRUE(codecs.contains(BlockCodec::kArchive));
  EXPECT_GE(codecs.at(BlockCodec::kArchive), 5);
  EXPECT_LT(static_cast<double>(stored_bytes()), 1.01 * static_cast<double>(snapshot_bytes_));
}

TEST_P(ArchivePieceTest, KeepsASmallStreamWhoseOnlyPieceIsNotFull) {
  const auto codecs = Keep(Messages(300, [](std::uint64_t s) { return Text(s, 700); }));
  EXPECT_EQ(codecs, (std::map<BlockCodec, int>{{BlockCodec::kArchive, 1}}));
}

TEST_P(ArchivePieceTest, LeavesOutTheRecordsThatAreNotWanted) {
  std::set<std::uint64_t> unwanted;
  for (std::uint64_t s = 1; s <= 20000; s += 40) unwanted.insert(s);
  const auto codecs = Keep(Messages(20000, [](std::uint64_t s) { return Text(s, 500); }), unwanted);
  EXPECT_TRUE(codecs.contains(BlockCodec::kArchive));
}

// The entries of v2 carry no checksums.
class ChecksummedPieceTest : public ArchivePieceTest {};

TEST_P(ChecksummedPieceTest, LeavesOutARecordWhoseChecksumIsWrong) {
  const std::vector<Message> messages =
      Messages(2000, [](std::uint64_t s) { return Text(s, 900); });
  std::string archive = Archive(messages, GetParam());
  const std::size_t at = archive.find(messages[999].payload);
  ASSERT_NE(at, std::string::npos);
  archive[at + 7] ^= 1;
  const auto codecs = Keep(archive, messages, {1000});
  EXPECT_EQ(codecs, (std::map<BlockCodec, int>{{BlockCodec::kArchive, 1}}));
}

TEST_P(ArchivePieceTest, TakesAPieceApartThatIsMostlyNotWanted) {
  std::set<std::uint64_t> unwanted;
  for (std::uint64_t s = 1; s <= 20000; ++s) {
    if (s % 5 != 0) unwanted.insert(s);
  }
  const auto codecs = Keep(Messages(20000, [](std::uint64_t s) { return Text(s, 500); }), unwanted);
  EXPECT_FALSE(codecs.contains(BlockCodec::kArchive));
}

TEST_P(ArchivePieceTest, TakesAPieceApartWithTooManyRuns) {
  std::set<std::uint64_t> unwanted;
  for (std::uint64_t s = 1; s <= 100'000; s += 12) unwanted.insert(s);
  const auto codecs =
      Keep(Messages(100'000, [](std::uint64_t) { return std::string(); }), unwanted);
  EXPECT_TRUE(codecs.contains(BlockCodec::kZstd));
}

TEST_P(ArchivePieceTest, NeverStoresMuchMoreThanTheServerSent) {
  for (const std::size_t bytes : {300u, 20'000u, 100'000u, 900'000u, 6'000'000u}) {
    SCOPED_TRACE(bytes);
    Renew();
    const std::size_t count = (kSanitized ? 4'000'000 : 16'000'000) / bytes;
    Keep(
        Messages(std::max<std::size_t>(count, 3), [&](std::uint64_t s) { return Text(s, bytes); }));
    EXPECT_LT(static_cast<double>(stored_bytes()), 1.01 * static_cast<double>(snapshot_bytes_));
  }
}

TEST_P(ArchivePieceTest, StoresWhatDoesNotCompressAsItIs) {
  const auto codecs = Keep(Messages(3000, [](std::uint64_t s) { return Noise(s, 4000); }));
  EXPECT_FALSE(codecs.contains(BlockCodec::kArchive));
  EXPECT_LT(static_cast<double>(stored_bytes()), 1.01 * static_cast<double>(snapshot_bytes_));
}

TEST_P(ArchivePieceTest, GoesOnBehindNoiseAndBetweenSizes) {
  const auto codecs = Keep(Messages(6000, [](std::uint64_t s) {
    if (s % 1500 > 1200) return Noise(s, 9000);
    return Text(s, s % 700 == 0 ? 1'000'000 : 1 + s * 37 % 6000);
  }));
  EXPECT_TRUE(codecs.contains(BlockCodec::kArchive));
  EXPECT_TRUE(codecs.contains(BlockCodec::kZstd));
}

TEST_P(ArchivePieceTest, AnyFlippedBitIsFoundAndNamesTheSequences) {
  const std::vector<Message> messages = Messages(200, [](std::uint64_t s) { return Text(s, 400); });
  const auto codecs = Keep(messages);
  ASSERT_TRUE(codecs.contains(BlockCodec::kArchive));
  const auto repository = OpenFastest();
  const std::string path = Place().Segment(made_.segments.front().name);
  const std::string good = files().Read(path);
  // Head and tail whole, of the rest a part.
  for (std::size_t at = 0; at < good.size(); at += at < 200 || at + 200 > good.size() ? 1 : 37) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
    files().Write(path, bad);
    const auto verified = repository->Verify(TestId(1), CancelToken());
    ASSERT_TRUE(verified);
    ASSERT_FALSE(verified->ok()) << at;
    EXPECT_EQ(verified->lost.Count(), 200u) << at;
  }
}

std::string FormatName(const testing::TestParamInfo<ArchiveFormat>& format) {
  return format.param == ArchiveFormat::kV1Tar ? "v1" : "v2";
}

INSTANTIATE_TEST_SUITE_P(Formats, ArchivePieceTest,
                         testing::Values(ArchiveFormat::kV1Tar, ArchiveFormat::kV2Natsarc),
                         FormatName);
INSTANTIATE_TEST_SUITE_P(Formats, ChecksummedPieceTest, testing::Values(ArchiveFormat::kV1Tar),
                         FormatName);

}  // namespace
}  // namespace jetkeep

// Imports of archives that are damaged, cut short, or claim more than they hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/s2/frame.h"
#include "protocol/s2/writer.h"
#include "protocol/tar/reader.h"
#include "protocol/tar/writer.h"
#include "protocol/v2/archive_parser.h"
#include "protocol/v2/entry.h"
#include "tests/support/byte_streams.h"
#include "tests/support/sanitized.h"
#include "tests/unit/service/engine/transfer/transfer_fixture.h"

namespace jetkeep {
namespace {

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

}  // namespace
}  // namespace jetkeep

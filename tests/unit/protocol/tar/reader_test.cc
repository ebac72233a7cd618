#include "protocol/tar/reader.h"

#include <gtest/gtest.h>

#include <clocale>
#include <string>
#include <utility>
#include <vector>

#include "protocol/s2/reader.h"
#include "protocol/tar/writer.h"
#include "tests/unit/protocol/tar/streams.h"

namespace jetkeep::tar {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

Result<Files> ReadFiles(ByteSource& source) {
  Reader reader(source);
  Files files;
  for (;;) {
    JETKEEP_ASSIGN(const std::optional<Entry> entry, reader.NextEntry());
    if (!entry) return files;
    std::string text;
    for (;;) {
      JETKEEP_ASSIGN(const std::string_view view, reader.ReadData());
      if (view.empty()) break;
      text.append(view);
    }
    EXPECT_EQ(text.size(), entry->size);
    files.emplace_back(entry->name, std::move(text));
  }
}

Result<Files> ReadText(std::string_view tar, std::size_t piece = 4096) {
  PieceSource source(tar, piece);
  return ReadFiles(source);
}

std::string TarOf(const Files& files) {
  StringSink sink;
  Writer writer(sink);
  for (const auto& [name, text] : files) {
    const Status begun = writer.BeginEntry(name, text.size(), 1'700'000'000'123'456'789);
    EXPECT_TRUE(begun) << (begun ? "" : begun.error().message);
    EXPECT_TRUE(writer.Write(text));
  }
  EXPECT_TRUE(writer.Finish());
  return sink.text;
}

Files Sample() {
  return {{"meta.inf", "{}"},
          {"empty", ""},
          {"msgs/1.blk", std::string(3000, 'x')},
          {"msgs/2.blk", std::string(1024, '\0')}};
}

// The snapshot of a stream with four messages and one consumer, from nats-server 2.10.27.
TEST(TarReader, ReadsWhatAServerWrote) {
  const std::string snapshot = FileText("server_2_10_27.tar.s2");
  PieceSource source(snapshot, 333);
  s2::Reader decompressed(source);
  const auto files = ReadFiles(decompressed);
  ASSERT_TRUE(files) << files.error().message;
  std::vector<std::string> names;
  for (const auto& file : *files) names.push_back(file.first);
  EXPECT_EQ(names, (std::vector<std::string>{"meta.inf", "meta.sum", "msgs/1.blk", "msgs/index.db",
                                             "obs/worker/meta.inf", "obs/worker/meta.sum",
                                             "obs/worker/o.dat"}));
  EXPECT_EQ((*files)[2].second.size(), 897u);
  EXPECT_EQ((*files)[1].second.size(), 16u);
}

// A name beyond ASCII, a name too long for ustar, made by Go's archive/tar.
TEST(TarReader, KeepsTheBytesOfAnyNameWhateverTheLocale) {
  const std::string tar = FileText("go_names.tar");
  const std::string composed = "obs/\xc3\xa9t\xc3\xa9-\xe6\xbc\xa2/meta.inf";
  const std::string decomposed = "obs/e\xcc\x81t\xc3\xa9/meta.inf";
  const std::string long_name = "obs/" + std::string(200, 'n') + "/o.dat";
  for (const char* locale : {"C", "C.UTF-8", "C"}) {
    ASSERT_NE(std::setlocale(LC_ALL, locale), nullptr);
    const auto files = ReadText(tar);
    ASSERT_TRUE(files) << files.error().message;
    ASSERT_EQ(files->size(), 3u);
    EXPECT_EQ((*files)[0].first, composed) << locale;
    EXPECT_EQ((*files)[1].first, decomposed) << locale;
    EXPECT_EQ((*files)[2].first, long_name) << locale;
    EXPECT_EQ((*files)[2].second, "long");
  }
}

TEST(TarReader, ReadsInPiecesOfAnySize) {
  const std::string tar = TarOf(Sample());
  for (const std::size_t piece : {1u, 100u, 511u, 512u, 513u, 1u << 20}) {
    const auto files = ReadText(tar, piece);
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_EQ(*files, Sample());
  }
}

TEST(TarReader, ReportsATarCutShortAnywhere) {
  const std::string tar = TarOf(Sample());
  for (std::size_t size = 0; size < tar.size();
       size += size % 512 < 2 || size % 512 > 510 ? 1 : 29) {
    const auto files = ReadText(std::string_view(tar).substr(0, size));
    ASSERT_FALSE(files) << size << " of " << tar.size();
    EXPECT_EQ(files.error().code, Errc::kArchiveCorrupt);
    EXPECT_NE(files.error().message.find("tar"), std::string::npos);
  }
}

TEST(TarReader, AcceptsZerosBehindTheEndAndNothingElse) {
  const std::string tar = TarOf(Sample());
  EXPECT_TRUE(ReadText(tar + std::string(9000, '\0')));
  EXPECT_FALSE(ReadText(tar + "x"));
  EXPECT_FALSE(ReadText(tar + std::string(9000, '\0') + "x"));
  EXPECT_FALSE(ReadText(tar + TarOf(Sample())));
}

TEST(TarReader, ReadsTheNamesThatOurWriterWrites) {
  const Files files = {{"obs/e\xcc\x81t\xc3\xa9-\xe6\xbc\xa2/meta.inf", "1"},
                       {"obs/\xff\xfe/o.dat", "2"},
                       {"obs/" + std::string(255, 'n') + "/meta.inf", "3"}};
  for (const char* locale : {"C.UTF-8", "C"}) {
    ASSERT_NE(std::setlocale(LC_ALL, locale), nullptr);
    const auto read = ReadText(TarOf(files));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, files);
  }
}

TEST(TarReader, SkipsWhatWasNotRead) {
  const std::string tar = TarOf(Sample());
  PieceSource source(tar, 700);
  Reader reader(source);
  for (const auto& [name, text] : Sample()) {
    const auto entry = reader.NextEntry();
    ASSERT_TRUE(entry);
    EXPECT_EQ((*entry)->name, name);
  }
  EXPECT_FALSE(reader.NextEntry().value());
}

TEST(TarReader, RefusesWhatIsNoTarOfFiles) {
  EXPECT_FALSE(ReadText(""));
  EXPECT_FALSE(ReadText(std::string(512, 'x') + std::string(1024, '\0')));
  std::string tar = TarOf({{"a", "text"}});
  // A header of another type with a right checksum: '0' becomes '2' (a symbolic link).
  const std::size_t header = tar.rfind("ustar") - 257;
  ASSERT_EQ(tar[header + 156], '0');
  unsigned sum = 0;
  tar[header + 156] = '2';
  for (std::size_t i = 0; i < 512; ++i) {
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(tar[header + i]);
  }
  char digits[8];
  std::snprintf(digits, sizeof(digits), "%06o", sum);
  tar.replace(header + 148, 7, digits, 7);
  const auto files = ReadText(tar);
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().message.find("not a regular file"), std::string::npos)
      << files.error().message;
}

// With a right checksum.
std::string Header(const std::string& name, char type, std::uint64_t size) {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) {
    header.replace(at, text.size(), text);
  };
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  char digits[16];
  std::snprintf(digits, sizeof(digits), "%011llo", static_cast<unsigned long long>(size));
  put(124, digits);
  put(136, "00000000000");
  put(148, "        ");
  header[156] = type;
  put(257, "ustar");
  put(263, "00");
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  std::snprintf(digits, sizeof(digits), "%06o", sum);
  put(148, std::string(digits, 7));
  return header;
}

// A sparse file's map is read with its header, and each of its pieces is kept.
TEST(TarReader, RefusesAHeaderThatNeverEnds) {
  std::string pax;
  for (const std::string line : {"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=a",
                                 "GNU.sparse.realsize=8000000000"}) {
    pax += std::to_string(line.size() + 4) + " " + line + "\n";
  }
  std::string tar = Header("x", 'x', pax.size()) + pax;
  tar.resize((tar.size() + 511) / 512 * 512);
  tar += Header("a", '0', 8'000'000'000);
  tar += "1000000000\n";
  class Endless : public ByteSource {
   public:
    explicit Endless(std::string begin) : text_(std::move(begin)) {}
    Result<std::string_view> Read() override {
      if (!begun_) {
        begun_ = true;
        return std::string_view(text_);
      }
      given_ += kPiece.size();
      return std::string_view(kPiece);
    }
    std::uint64_t given() const { return given_; }

   private:
    const std::string kPiece = [] {
      std::string piece;
      for (int i = 0; i < 100'000; ++i) piece += "1\n1\n";
      return piece;
    }();
    std::string text_;
    bool begun_ = false;
    std::uint64_t given_ = 0;
  } source(tar);
  const auto files = ReadFiles(source);
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().message.find("header is too long"), std::string::npos)
      << files.error().message;
  EXPECT_LT(source.given(), 3u << 20);
}

// What was not read of a file is no part of the next header.
TEST(TarReader, PassesOverLargeFilesThatNobodyReads) {
  const Files files = {{"msgs/1.fss", std::string(9 << 20, 's')}, {"last", "text"}};
  const std::string tar = TarOf(files);
  PieceSource source(tar, 100'000);
  Reader reader(source);
  ASSERT_TRUE(reader.NextEntry());
  const auto last = reader.NextEntry();
  ASSERT_TRUE(last) << last.error().message;
  ASSERT_TRUE(*last);
  EXPECT_EQ((*last)->name, "last");
}

TEST(TarReader, FindsADamagedHeader) {
  const std::string tar = TarOf({{"name", "text"}});
  const std::size_t header = tar.rfind("ustar") - 257;
  for (std::size_t byte = 0; byte < 345; ++byte) {
    std::string damaged = tar;
    damaged[header + byte] = static_cast<char>(damaged[header + byte] ^ 0x10);
    const auto files = ReadText(damaged);
    if (files) {
      EXPECT_EQ(*files, (Files{{"name", "text"}})) << byte;
    }
  }
}

TEST(TarReader, PassesOnAnErrorOfItsSource) {
  class FailingSource : public ByteSource {
   public:
    Result<std::string_view> Read() override {
      if (++calls_ > 1) return Fail(Errc::kTimeout, "no chunk");
      text_ = TarOf(Sample()).substr(0, 4000);
      return std::string_view(text_);
    }

   private:
    int calls_ = 0;
    std::string text_;
  } source;
  const auto files = ReadFiles(source);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, Errc::kTimeout);
}

TEST(TarReader, HandsOutDataWithoutCopyingIt) {
  const std::string tar = TarOf({{"large", std::string(3 << 20, 'd')}});
  WholeSource source(tar);
  Reader reader(source);
  ASSERT_TRUE(reader.NextEntry());
  const std::string_view view = reader.ReadData().value();
  EXPECT_GE(view.data(), tar.data());
  EXPECT_LE(view.data() + view.size(), tar.data() + tar.size());
}

}  // namespace
}  // namespace jetkeep::tar

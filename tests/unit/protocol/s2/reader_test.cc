#include "protocol/s2/reader.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "protocol/codec/crc32c.h"
#include "protocol/codec/little_endian.h"
#include "protocol/codec/varint.h"
#include "protocol/s2/chunks.h"
#include "protocol/s2/piece_reader.h"
#include "tests/support/sanitized.h"
#include "tests/unit/protocol/s2/streams.h"

namespace jetkeep::s2 {
namespace {

using namespace std::string_literals;

const std::string kIdentifier = "\xff\x06\0\0S2sTwO"s;

std::string Chunk(int type, const std::string& body) {
  std::string out(4, '\0');
  StoreU32(out.data(), static_cast<std::uint32_t>(type) | static_cast<std::uint32_t>(body.size())
                                                              << 8);
  return out + body;
}

std::string Stored(const std::string& text) {
  std::string sum(4, '\0');
  StoreU32(sum.data(), MaskCrc(Crc32c(text)));
  return Chunk(1, sum + text);
}

// In pieces, each of which must be what its chunks decode to, also when they are moved away and a
// buffer of anything is left for them.
Result<std::string> DecodeInPieces(std::string_view stream, std::size_t piece) {
  PieceSource source(stream, piece);
  PieceReader reader(source);
  std::string all;
  ByteBuffer spare;
  for (bool move = true;; move = !move) {
    JETKEEP_ASSIGN(const std::string_view view, reader.Read());
    if (view.empty()) return all;
    all.append(view);
    if (reader.chunks() == nullptr) continue;
    std::string again(view.size(), '\0');
    JETKEEP_TRY(DecodeChunks(reader.chunks()->view(), again.data(), again.size()));
    EXPECT_TRUE(again == view);
    if (move) std::swap(spare, *reader.chunks());
  }
}

// Both ways to read must agree.
Result<std::string> Decode(std::string_view stream, std::size_t piece = 4096) {
  PieceSource source(stream, piece);
  Reader reader(source);
  auto decoded = ReadAll(reader);
  const auto other = DecodeInPieces(stream, piece);
  EXPECT_EQ(decoded.has_value(), other.has_value());
  EXPECT_TRUE(decoded.value_or("") == other.value_or(""));
  if (!decoded && !other) {
    EXPECT_EQ(decoded.error().message, other.error().message);
  }
  return decoded;
}

TEST(S2Reader, ReadsEveryStreamOfGoInPiecesOfAnySize) {
  const std::string whole = WholeText();
  const std::string plain = FileText("plain.txt");
  const struct {
    const char* name;
    std::string text;
  } files[] = {{"default.s2", whole},
               {"better.s2", whole},
               {"best.s2", whole},
               {"snappy_compatible.s2", whole},
               {"padded_indexed.s2", whole},
               {"uncompressed.s2", plain.substr(0, 6000)},
               {"flushed.s2", plain.substr(0, 3000)}};
  for (const auto& file : files) {
    const std::string stream = FileText(file.name);
    ASSERT_FALSE(stream.empty()) << file.name;
    for (const std::size_t piece : {1u, 2u, 3u, 7u, 100u, 1009u, 1u << 20}) {
      const auto decoded = Decode(stream, piece);
      ASSERT_TRUE(decoded) << file.name << ": " << decoded.error().message;
      EXPECT_TRUE(*decoded == file.text) << file.name << " in pieces of " << piece;
    }
  }
}

TEST(S2Reader, ReportsAStreamCutShortAnywhereButBetweenChunks) {
  for (const char* name : {"flushed.s2", "padded_indexed.s2"}) {
    const std::string stream = FileText(name);
    std::size_t next_chunk = 0;
    for (std::size_t size = 0; size < stream.size(); ++size) {
      const bool boundary = size == next_chunk;
      if (kSanitized && !boundary && size % 7 != 0) continue;
      if (boundary) next_chunk += 4 + (LoadU32(stream.data() + size) >> 8);
      const auto decoded = Decode(stream.substr(0, size), 64);
      EXPECT_EQ(decoded.has_value(), boundary && size != 0) << name << " at " << size;
      if (!decoded) {
        EXPECT_EQ(decoded.error().code, Errc::kArchiveCorrupt);
      }
    }
  }
}

TEST(S2Reader, NeverTakesAFlippedBitForGoodBytes) {
  for (const char* name : {"flushed.s2", "best.s2", "uncompressed.s2"}) {
    const std::string stream = FileText(name);
    const std::string good = Decode(stream).value();
    // The stream with the long text takes too long bit by bit.
    const std::size_t step = (good.size() > 100000 ? 13 : 1) * (kSanitized ? 11 : 1);
    for (std::size_t bit = 0; bit < stream.size() * 8; bit += step) {
      std::string damaged = stream;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      const auto decoded = Decode(damaged);
      if (decoded) {
        ASSERT_TRUE(*decoded == good) << name << " bit " << bit;
      }
    }
  }
}

TEST(S2Reader, NamesTheOffsetOfTheDamagedChunk) {
  std::string second = Stored("more");
  second.back() = 'x';
  const auto decoded = Decode(kIdentifier + Stored("some") + second);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, Errc::kArchiveCorrupt);
  EXPECT_EQ(decoded.error().message, "S2 chunk at offset 22: the checksum is wrong");
}

TEST(S2Reader, HandsOutWhatCameBeforeTheDamageAndThenTheErrorAgainAndAgain) {
  const std::string stream = kIdentifier + Stored("some") + "\x02\x01\0\0x"s;
  PieceSource source(stream, 1000);
  Reader reader(source);
  EXPECT_EQ(reader.Read().value(), "some");
  EXPECT_FALSE(reader.Read());
  EXPECT_FALSE(reader.Read());
}

TEST(S2Reader, SkipsPaddingAndUnknownSkippableChunksAndRepeatedIdentifiers) {
  const std::string stream = kIdentifier + Chunk(0xfe, std::string(70000, '\0')) + Stored("a") +
                             Chunk(0x82, "") + Chunk(0xfd, "xyz") + Chunk(0xff, "sNaPpY") +
                             Stored("") + Stored("b");
  for (const std::size_t piece : {1u, 5u, 1000u, 100000u}) {
    EXPECT_EQ(Decode(stream, piece).value(), "ab");
  }
}

TEST(S2Reader, AcceptsAStreamWithoutData) { EXPECT_EQ(Decode(kIdentifier).value(), ""); }

TEST(S2Reader, RefusesWhatNoStreamHolds) {
  std::string huge_block(4, '\0');
  PutUvarint(huge_block, 4 * 1024 * 1024 + 1);
  const struct {
    const char* what;
    std::string stream;
  } cases[] = {
      {"nothing", ""},
      {"data before the identifier", Stored("x")},
      {"padding before the identifier", Chunk(0xfe, "") + kIdentifier},
      {"an unknown identifier", Chunk(0xff, "S2sTwX")},
      {"a long identifier", Chunk(0xff, "S2sTwOO")},
      {"an unknown type", kIdentifier + Chunk(0x02, "abcd")},
      {"an unknown type below the skippable ones", kIdentifier + Chunk(0x7f, "abcd")},
      {"compressed data with a flipped bit in the type", kIdentifier + Chunk(0x80, "abcd")},
      {"stored data with a flipped bit in the type", kIdentifier + Chunk(0x81, "abcd")},
      {"no room for a checksum", kIdentifier + Chunk(1, "abc")},
      {"no room for a size", kIdentifier + Chunk(0, "abcd")},
      {"a stored chunk of 16 MiB", kIdentifier + "\x01\xff\xff\xff"s},
      {"a compressed chunk of 16 MiB", kIdentifier + "\0\xff\xff\xff"s},
      {"a block larger than 4 MiB", kIdentifier + Chunk(0, huge_block)},
      {"a skippable chunk cut short", kIdentifier + "\x99\x05\0\0abcd"s},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {1u, 1000u}) {
      const auto decoded = Decode(c.stream, piece);
      ASSERT_FALSE(decoded) << c.what;
      EXPECT_EQ(decoded.error().code, Errc::kArchiveCorrupt) << c.what;
    }
  }
}

TEST(S2Reader, HandsOutManySmallBlocksAtOnceAndLargeStoredOnesWithoutACopy) {
  const std::string large(100000, 'L');
  const std::string stream = kIdentifier + Stored("a") + Stored("b") + Stored(large) + Stored("c");
  WholeSource source(stream);
  Reader reader(source);
  EXPECT_EQ(reader.Read().value(), "ab");
  const std::string_view view = reader.Read().value();
  EXPECT_EQ(view, large);
  EXPECT_GE(view.data(), stream.data());
  EXPECT_LT(view.data(), stream.data() + stream.size());
  EXPECT_EQ(reader.Read().value(), "c");
  EXPECT_EQ(reader.Read().value(), "");
  EXPECT_EQ(reader.Read().value(), "");
  EXPECT_EQ(reader.offset(), stream.size());
}

TEST(S2Reader, CollectsAPieceAcrossTheViewsOfItsSource) {
  std::string stream = kIdentifier;
  const std::string block(1000, 'x');
  for (int i = 0; i < 5000; ++i) stream += Stored(block);
  PieceSource source(stream, 5000);
  PieceReader reader(source);
  std::vector<std::size_t> sizes;
  std::size_t chunk_bytes = 0;
  for (;;) {
    const std::string_view view = reader.Read().value();
    if (view.empty()) break;
    sizes.push_back(view.size());
    chunk_bytes += reader.chunks()->size();
  }
  // As many chunks as 4 MiB hold, then the rest.
  EXPECT_EQ(sizes, (std::vector<std::size_t>{4'161'000, 839'000}));
  EXPECT_EQ(chunk_bytes, stream.size() - kIdentifier.size());
}

// In views that end at one place, then at the end.
class TwoViews : public ByteSource {
 public:
  TwoViews(std::string_view bytes, std::size_t cut)
      : views_{bytes.substr(0, cut), bytes.substr(cut)} {}
  Result<std::string_view> Read() override {
    return next_ < views_.size() ? views_.at(next_++) : std::string_view();
  }

 private:
  std::array<std::string_view, 2> views_;
  std::size_t next_ = 0;
};

TEST(S2Reader, APieceIsItsChunksWhereverTheChunkBehindItIsCut) {
  constexpr std::size_t kBlocks = 300;
  constexpr std::size_t kBlockBytes = 15'000;
  std::string stream = kIdentifier;
  std::string text;
  std::size_t behind = 0;  // the first block that does not fit
  for (std::size_t i = 0; i < kBlocks; ++i) {
    if (behind == 0 && text.size() + kBlockBytes > 4u * 1024 * 1024) behind = stream.size();
    std::string block(kBlockBytes, static_cast<char>('a' + i % 26));
    block.replace(0, 8, std::to_string(10'000'000 + i));
    text += block;
    stream += Stored(block);
  }
  for (std::size_t cut = behind; cut < behind + 25; ++cut) {
    for (const std::size_t left : {0u, 5u, 5'000'000u}) {
      TwoViews source(stream, cut);
      PieceReader reader(source);
      std::string all;
      std::string chunks;
      for (;;) {
        const std::string_view view = reader.Read().value();
        if (view.empty()) break;
        all += view;
        chunks += reader.chunks()->view();
        ByteBuffer other(left);
        other.Resize(left);
        *reader.chunks() = std::move(other);
      }
      EXPECT_TRUE(all == text) << cut;
      EXPECT_TRUE(kIdentifier + chunks == stream) << cut;
    }
  }
}

TEST(S2Reader, ReadsALargeStoredBlockBehindSmallOnesInViewsOfAnySize) {
  const std::string large(20'000, 'L');
  const std::string stream =
      kIdentifier + Stored("one") + Stored("two") + Stored(large) + Stored("three");
  for (std::size_t size = 1; size <= 30; ++size) {
    EXPECT_TRUE(Decode(stream, size).value() == "onetwo" + large + "three") << size;
  }
}

TEST(S2Reader, HoldsNoMoreThanFourMebibytesOfChunksHoweverLittleTheyDecodeTo) {
  std::string stream = kIdentifier;
  const std::string tiny = Stored("x");
  for (int i = 0; i < 1'000'000; ++i) stream += tiny;
  PieceSource source(stream, 100'000);
  PieceReader reader(source);
  std::size_t decoded = 0;
  for (;;) {
    const std::string_view view = reader.Read().value();
    if (view.empty()) break;
    decoded += view.size();
    EXPECT_LE(reader.chunks()->size(), 4u * 1024 * 1024);
  }
  EXPECT_EQ(decoded, 1'000'000u);
}

TEST(S2Chunks, RefusesWhatIsNoRunOfWholeChunksOfThatSize) {
  const std::string good = Stored("some") + Stored("thing");
  std::string out(9, '\0');
  ASSERT_TRUE(DecodeChunks(good, out.data(), 9));
  EXPECT_EQ(out, "something");
  EXPECT_TRUE(DecodeChunks("", out.data(), 0));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(DecodeChunks(good.substr(0, size), out.data(), 9)) << size;
  }
  for (const std::size_t size : {0u, 4u, 8u}) EXPECT_FALSE(DecodeChunks(good, out.data(), size));
  std::string larger(20, '\0');
  EXPECT_FALSE(DecodeChunks(good, larger.data(), 10));
  EXPECT_FALSE(DecodeChunks(kIdentifier + good, larger.data(), 9));
  std::string wrong = good;
  wrong.back() = 'x';
  EXPECT_FALSE(DecodeChunks(wrong, out.data(), 9));
  EXPECT_FALSE(DecodeChunks(Chunk(0xfe, "abcdef"), larger.data(), 2));
  EXPECT_FALSE(DecodeChunks(Chunk(1, "abc"), larger.data(), 0));
}

TEST(S2Reader, HandsOutWhatCameBeforeAnErrorOfItsSource) {
  class BreakingSource : public ByteSource {
   public:
    explicit BreakingSource(std::string_view bytes) : bytes_(bytes) {}
    Result<std::string_view> Read() override {
      if (bytes_.empty()) return Fail(Errc::kTimeout, "no chunk");
      return std::exchange(bytes_, {});
    }

   private:
    std::string_view bytes_;
  };
  // It breaks off between chunks and inside one.
  const std::string some = kIdentifier + Stored("some");
  for (const std::string& stream : {some, some + Stored("more").substr(0, 7)}) {
    BreakingSource source(stream);
    BreakingSource again(stream);
    Reader batches(source);
    PieceReader pieces(again);
    for (ByteSource* reader :
         {static_cast<ByteSource*>(&batches), static_cast<ByteSource*>(&pieces)}) {
      EXPECT_EQ(reader->Read().value_or("nothing"), "some");
      EXPECT_EQ(reader->Read().error().code, Errc::kTimeout);
      EXPECT_EQ(reader->Read().error().code, Errc::kTimeout);
    }
  }
}

TEST(S2Reader, PassesOnAnErrorOfItsSource) {
  class FailingSource : public ByteSource {
   public:
    Result<std::string_view> Read() override { return Fail(Errc::kTimeout, "no chunk"); }
  } source;
  Reader reader(source);
  const auto view = reader.Read();
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Errc::kTimeout);
}

}  // namespace
}  // namespace jetkeep::s2

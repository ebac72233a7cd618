#include "protocol/s2/writer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "protocol/s2/reader.h"
#include "tests/unit/protocol/s2/streams.h"

namespace jetkeep::s2 {
namespace {

std::string Written(std::string_view text, Mode mode, std::size_t block, std::size_t piece) {
  StringSink sink;
  Writer writer(sink, mode, block);
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    EXPECT_TRUE(writer.Write(text.substr(0, piece)));
  }
  EXPECT_TRUE(writer.Finish());
  return sink.text;
}

Result<std::string> Decoded(std::string_view stream) {
  PieceSource source(stream, 70001);
  Reader reader(source);
  return ReadAll(reader);
}

std::string Noise(std::size_t size) {
  std::mt19937 random(1);
  std::string noise(size, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  return noise;
}

TEST(S2Writer, WritesWhatTheReaderReads) {
  const std::string text = WholeText() + Noise(100000);
  for (const Mode mode : {Mode::kStored, Mode::kSnappy}) {
    for (const std::size_t block : {1u, 65536u, 1u << 20, 16u << 20}) {
      for (const std::size_t piece : {1000u, 65536u, 65537u, 10u << 20}) {
        const auto decoded = Decoded(Written(text, mode, block, piece));
        ASSERT_TRUE(decoded) << decoded.error().message;
        EXPECT_TRUE(*decoded == text) << block << " " << piece;
      }
    }
  }
}

TEST(S2Writer, CompressesOnlyWhatShrinks) {
  const std::string noise = Noise(1 << 20);
  EXPECT_EQ(Written(noise, Mode::kSnappy, 1 << 20, 1 << 20).size(), noise.size() + 18);
  EXPECT_EQ(Written(noise, Mode::kStored, 1 << 20, 1 << 20).size(), noise.size() + 18);
  const std::string text = WholeText();
  EXPECT_LT(Written(text, Mode::kSnappy, 1 << 20, 1 << 20).size(), text.size() / 5);
}

TEST(S2Writer, ChangesItsModeBetweenWrites) {
  const std::string text = WholeText();
  for (const std::size_t piece : {999u, 70000u, 3u << 20}) {
    StringSink sink;
    Writer writer(sink, Mode::kStored, 1 << 16);
    std::string written;
    for (int i = 0; i < 12; ++i) {
      writer.SetMode(i % 3 == 1 ? Mode::kSnappy : Mode::kStored);
      for (std::size_t at = 0; at < text.size(); at += piece) {
        ASSERT_TRUE(writer.Write(std::string_view(text).substr(at, piece)));
      }
      written += text;
    }
    ASSERT_TRUE(writer.Finish());
    EXPECT_LT(sink.text.size(), written.size() * 9 / 10);
    EXPECT_GT(sink.text.size(), written.size() / 2);
    const auto decoded = Decoded(sink.text);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_TRUE(*decoded == written) << piece;
  }
}

TEST(S2Writer, WritesAnEmptyStreamWithItsIdentifier) {
  const std::string stream = Written("", Mode::kSnappy, 1 << 20, 1);
  EXPECT_EQ(stream.size(), 10u);
  EXPECT_EQ(Decoded(stream).value(), "");
}

TEST(S2Writer, PassesOnAnErrorOfItsSink) {
  class FullSink : public ByteSink {
   public:
    Status Write(std::string_view) override { return Fail(Errc::kStorageFull, "full"); }
  } sink;
  Writer writer(sink, Mode::kStored);
  const Status status = writer.Write("x");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kStorageFull);
}

}  // namespace
}  // namespace jetkeep::s2

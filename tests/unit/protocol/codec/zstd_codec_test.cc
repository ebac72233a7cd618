#include "protocol/codec/zstd_codec.h"

#include <gtest/gtest.h>

#include <string>

namespace jetkeep {
namespace {

std::string Compressed(std::string_view bytes) {
  ZstdCompressor compressor(3);
  std::string out(ZstdCompressor::Bound(bytes.size()), '\0');
  out.resize(compressor.Compress(bytes, out.data(), out.size()).value());
  return out;
}

std::string Text() {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "message number " + std::to_string(i);
  return text;
}

TEST(Zstd, GivesBackWhatWentInWithOneContextForMany) {
  ZstdDecompressor decompressor;
  for (const std::string& text : {Text(), std::string("short"), std::string(), Text()}) {
    std::string out(text.size(), '\0');
    const auto size = decompressor.Decompress(Compressed(text), out.data(), out.size());
    ASSERT_TRUE(size) << size.error().message;
    EXPECT_EQ(*size, text.size());
    EXPECT_EQ(out, text);
  }
}

TEST(Zstd, ReportsDamageAsACorruptRepository) {
  const std::string text = Text();
  const std::string whole = Compressed(text);
  ZstdDecompressor decompressor;
  std::string out(text.size(), '\0');
  const auto code = [&](std::string_view in, std::size_t capacity) {
    const auto size = decompressor.Decompress(in, out.data(), capacity);
    return size ? Errc::kInternal : size.error().code;
  };
  EXPECT_EQ(code("", out.size()), Errc::kRepositoryCorrupt);
  EXPECT_EQ(code(whole.substr(0, whole.size() - 1), out.size()), Errc::kRepositoryCorrupt);
  EXPECT_EQ(code(whole + "x", out.size()), Errc::kRepositoryCorrupt);
  EXPECT_EQ(code(whole, out.size() - 1), Errc::kRepositoryCorrupt);
  EXPECT_EQ(code("not zstd at all", out.size()), Errc::kRepositoryCorrupt);
}

TEST(Zstd, FailsWhenTheOutputDoesNotFit) {
  ZstdCompressor compressor(100);
  char out[4];
  EXPECT_FALSE(compressor.Compress(Text(), out, sizeof(out)));
}

}  // namespace
}  // namespace jetkeep

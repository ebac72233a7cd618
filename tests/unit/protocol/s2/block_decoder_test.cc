#include "protocol/s2/block_decoder.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "protocol/codec/varint.h"

namespace jetkeep::s2 {
namespace {

using namespace std::string_literals;

// Input and output in heap blocks of exactly their size, so that a sanitizer sees every access
// outside.
Result<std::string> Decode(const std::string& body, std::size_t size) {
  std::string header;
  PutUvarint(header, size);
  const std::string text = header + body;
  const std::unique_ptr<char[]> in(new char[text.size()]);
  text.copy(in.get(), text.size());
  const std::unique_ptr<char[]> out(new char[size]);
  JETKEEP_TRY(DecodeBlock({in.get(), text.size()}, out.get(), size));
  return std::string(out.get(), size);
}

std::string Literal(const std::string& text) {
  return std::string(1, static_cast<char>((text.size() - 1) << 2)) + text;
}
std::string Copy1(std::size_t offset, std::size_t length) {
  return {static_cast<char>(1 | (length - 4) << 2 | (offset >> 8) << 5), static_cast<char>(offset)};
}
std::string Copy2(std::size_t offset, std::size_t length) {
  return {static_cast<char>(2 | (length - 1) << 2), static_cast<char>(offset),
          static_cast<char>(offset >> 8)};
}
std::string Repeat(std::size_t code, const std::string& extra) {
  return std::string{static_cast<char>(1 | code << 2), '\0'} + extra;
}

std::string Periodic(const std::string& pattern, std::size_t size) {
  std::string text;
  while (text.size() < size) text += pattern;
  text.resize(size);
  return text;
}

TEST(BlockDecoder, DecodesLiteralsOfEveryLengthForm) {
  EXPECT_EQ(Decode("", 0).value(), "");
  EXPECT_EQ(Decode(Literal("x"), 1).value(), "x");
  for (const std::size_t size : {60u, 61u, 255u, 256u, 257u, 65536u, 65537u, 70000u}) {
    const std::string text = Periodic("literal ", size);
    for (std::size_t bytes = 1; bytes <= 4; ++bytes) {
      if (bytes < 4 && (size - 1) >> (8 * bytes) != 0) continue;
      std::string body(1, static_cast<char>((59 + bytes) << 2));
      for (std::size_t i = 0; i < bytes; ++i) body += static_cast<char>((size - 1) >> (8 * i));
      EXPECT_EQ(Decode(body + text, size).value(), text);
    }
  }
}

TEST(BlockDecoder, RepeatsPatternsOfEveryPeriod) {
  for (std::size_t period = 1; period <= 40; ++period) {
    std::string pattern;
    for (std::size_t i = 0; i < period; ++i) pattern += static_cast<char>('a' + i % 26 + i / 26);
    for (std::size_t length = 1; length <= 64; ++length) {
      // With room behind the copy and without.
      for (const std::size_t tail : {0u, 1u, 15u, 16u, 17u, 40u}) {
        std::string body = Literal(pattern) + Copy2(period, length);
        std::string expected = Periodic(pattern, period + length);
        if (tail != 0) {
          body += Literal(std::string(tail, '.'));
          expected += std::string(tail, '.');
        }
        const auto decoded = Decode(body, expected.size());
        ASSERT_TRUE(decoded) << decoded.error().message;
        ASSERT_EQ(*decoded, expected) << period << " " << length << " " << tail;
      }
    }
  }
}

TEST(BlockDecoder, KnowsEveryFormOfRepeat) {
  const struct {
    std::size_t code;
    std::string extra;
    std::size_t length;
  } forms[] = {{0, "", 4},
               {4, "", 8},
               {5, "\0"s, 8},
               {5, "\xff"s, 8 + 255},
               {6, "\0\0"s, 260},
               {6, "\xff\xff"s, 260 + 65535},
               {7, "\0\0\0"s, 65540},
               {7, "\x01\x02\x03"s, 65540 + 0x030201}};
  for (const auto& form : forms) {
    const std::string start = Literal("abcde") + Copy1(5, 4);
    const std::size_t size = 9 + form.length;
    const auto decoded = Decode(start + Repeat(form.code, form.extra), size);
    ASSERT_TRUE(decoded) << form.code << decoded.error().message;
    EXPECT_EQ(*decoded, Periodic("abcde", size));
  }
}

TEST(BlockDecoder, RepeatsTheOffsetOfAnyKindOfCopy) {
  const std::string far = "\x0f\x06\0\0\0"s;  // four-byte offset 6, length 4
  EXPECT_EQ(Decode(Literal("abcdef") + far + Literal("-") + Repeat(0, ""), 15).value(),
            "abcdefabcd-fabc");
}

TEST(BlockDecoder, RefusesDamage) {
  const std::string abcd = Literal("abcd");
  const struct {
    const char* what;
    std::string body;
    std::size_t size;
  } cases[] = {
      {"repeat before any copy", abcd + Repeat(0, ""), 8},
      {"offset before the output", abcd + Copy1(5, 4), 8},
      {"copy before any output", Copy1(1, 4), 4},
      {"two-byte offset of zero", abcd + Copy2(0, 4), 8},
      {"four-byte offset of zero", abcd + "\x0f\0\0\0\0"s, 8},
      {"four-byte offset that is huge", abcd + "\x0f\xff\xff\xff\xff"s, 8},
      {"copy behind the output", abcd + Copy1(4, 5), 8},
      {"literal behind the output", Literal("abcde"), 4},
      {"literal behind the input", "\x10"s + "abcd", 5},
      {"huge literal", "\xfc\xff\xff\xff\xff"s, 5},
      {"fewer bytes than announced", abcd, 5},
      {"bytes behind the output", abcd + Literal("x"), 4},
      {"copy-1 cut short", abcd + "\x01", 8},
      {"copy-2 cut short", abcd + "\x02\x01", 8},
      {"copy-4 cut short", abcd + "\x03\x01\x00\x00"s, 8},
      {"repeat cut short", abcd + Copy1(4, 4) + Repeat(7, "\0\0"s), 65548},
      {"literal length cut short", "\xf4\x01"s, 5},
  };
  for (const auto& c : cases) {
    const auto decoded = Decode(c.body, c.size);
    ASSERT_FALSE(decoded) << c.what;
    EXPECT_EQ(decoded.error().code, Errc::kArchiveCorrupt) << c.what;
  }
  char out[4];
  EXPECT_FALSE(DecodeBlock("", out, 0));
  EXPECT_FALSE(
      DecodeBlock("\x05\x10"
                  "abcde",
                  out, 4));
}

}  // namespace
}  // namespace jetkeep::s2

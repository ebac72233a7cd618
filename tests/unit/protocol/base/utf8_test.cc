#include "protocol/base/utf8.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

TEST(CutUtf8, NeverEndsInsideACharacter) {
  // One, two, three and four bytes.
  const std::string text = "a\u00e4\u6ce8\U0001f600z";
  for (std::size_t bytes = 0; bytes <= text.size() + 2; ++bytes) {
    const std::string_view cut = CutUtf8(text, bytes);
    EXPECT_TRUE(IsUtf8(cut)) << bytes;
    EXPECT_LE(cut.size(), bytes);
    EXPECT_EQ(text.substr(0, cut.size()), cut);
    EXPECT_GT(cut.size() + 4, std::min(bytes, text.size())) << "cut too much";
  }
  EXPECT_EQ(CutUtf8(text, 1), "a");
  EXPECT_EQ(CutUtf8(text, 3), "a\u00e4");
  EXPECT_EQ(CutUtf8(text, 5), "a\u00e4");
  EXPECT_EQ(CutUtf8(text, 6), "a\u00e4\u6ce8");
  EXPECT_EQ(CutUtf8(text, text.size()), text);
}

TEST(CutUtf8, LeavesBytesThatAreNoText) {
  EXPECT_EQ(CutUtf8(std::string(10, '\x80'), 5), std::string(5, '\x80'));
  EXPECT_EQ(CutUtf8("", 5), "");
}

TEST(WithoutPartialCharacter, TakesAwayOnlyAPart) {
  EXPECT_EQ(WithoutPartialCharacter("ab\xe6\xb3"), "ab");
  EXPECT_EQ(WithoutPartialCharacter("ab\xf0\x9f\x98"), "ab");
  EXPECT_EQ(WithoutPartialCharacter("ab\u6ce8"), "ab\u6ce8");
  EXPECT_EQ(WithoutPartialCharacter("ab"), "ab");
}

}  // namespace
}  // namespace jetkeep

#include "jetkeep/byte_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace jetkeep {
namespace {

TEST(ByteBuffer, KeepsWhatWasAppendedWhileItGrows) {
  ByteBuffer buffer;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    buffer.Append(std::to_string(i));
    expected += std::to_string(i);
  }
  EXPECT_EQ(buffer.view(), expected);
}

TEST(ByteBuffer, RemovesFromTheFrontAndKeepsItsMemoryWhenCleared) {
  ByteBuffer buffer(64);
  buffer.Append("one two");
  buffer.RemovePrefix(4);
  EXPECT_EQ(buffer.view(), "two");
  buffer.Clear();
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), 64u);
  buffer.Release();
  EXPECT_EQ(buffer.capacity(), 0u);
}

TEST(ByteBuffer, IsEmptyAfterAMove) {
  ByteBuffer from;
  from.Append("bytes");
  const ByteBuffer to = std::move(from);
  EXPECT_EQ(to.view(), "bytes");
  EXPECT_EQ(from.size(), 0u);  // NOLINT(bugprone-use-after-move): this is what is tested
  from.Append("again");
  EXPECT_EQ(from.view(), "again");
}

}  // namespace
}  // namespace jetkeep

#include "protocol/tar/writer.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/protocol/tar/streams.h"

namespace jetkeep::tar {
namespace {

TEST(TarWriter, EndsWithTwoZeroBlocksAndIsAWholeNumberOfBlocks) {
  StringSink sink;
  Writer writer(sink);
  ASSERT_TRUE(writer.BeginEntry("a", 5, 0));
  ASSERT_TRUE(writer.Write("he"));
  ASSERT_TRUE(writer.Write("llo"));
  ASSERT_TRUE(writer.Finish());
  // Header, one block, two blocks.
  ASSERT_EQ(sink.text.size(), 4u * 512);
  EXPECT_EQ(sink.text.substr(512, 5), "hello");
  EXPECT_EQ(sink.text.substr(517), std::string(2048 - 517, '\0'));
  EXPECT_EQ(sink.text.substr(100, 6), "000600");
}

TEST(TarWriter, HandsLargePiecesOnAsTheyAre) {
  StringSink sink;
  Writer writer(sink);
  const std::string large(8 << 20, 'x');
  ASSERT_TRUE(writer.BeginEntry("a", large.size(), 0));
  ASSERT_TRUE(writer.Write(large));
  ASSERT_TRUE(writer.Finish());
  EXPECT_EQ(sink.text.size(), large.size() + 3 * 512);
  EXPECT_LE(sink.calls, 2 + (8 << 20) / (64 * 1024));
}

TEST(TarWriter, RefusesMoreOrFewerBytesThanTheSize) {
  StringSink sink;
  Writer writer(sink);
  ASSERT_TRUE(writer.BeginEntry("a", 3, 0));
  EXPECT_FALSE(writer.Write("four"));
  ASSERT_TRUE(writer.Write("tw"));
  EXPECT_FALSE(writer.BeginEntry("b", 0, 0));
  EXPECT_FALSE(writer.Finish());
}

TEST(TarWriter, RefusesANameThatNoTarHolds) {
  StringSink sink;
  Writer writer(sink);
  EXPECT_FALSE(writer.BeginEntry("", 3, 0));
  EXPECT_FALSE(writer.BeginEntry(std::string_view("a\0b", 3), 3, 0));
}

TEST(TarWriter, LeavesAnUnfinishedTarWithoutAnEnd) {
  StringSink sink;
  {
    Writer writer(sink);
    ASSERT_TRUE(writer.BeginEntry("a", 3, 0));
    ASSERT_TRUE(writer.Write("abc"));
  }
  EXPECT_EQ(sink.text, "");
}

TEST(TarWriter, PassesOnAnErrorOfItsSink) {
  class FullSink : public ByteSink {
   public:
    Status Write(std::string_view) override { return Fail(Errc::kStorageFull, "full"); }
  } sink;
  Writer writer(sink);
  const std::string large(1 << 20, 'x');
  ASSERT_TRUE(writer.BeginEntry("a", large.size(), 0));
  const Status status = writer.Write(large);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kStorageFull);
  EXPECT_FALSE(writer.Finish());
}

}  // namespace
}  // namespace jetkeep::tar

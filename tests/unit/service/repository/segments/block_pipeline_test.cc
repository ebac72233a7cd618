// Segments without a backup: sealed when asked for, or in time, again and again.
#include "service/repository/segments/block_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/repository/segments/block_source.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;

class BlockPipelineTest : public RepositoryTest {
 protected:
  BlockPipeline Make(WriterOptions options) {
    return BlockPipeline(files(), workers_, place_, TestId(1), options);
  }
  static Status Add(BlockPipeline& pipeline, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t s = first; s <= last; ++s) {
      const std::string payload = PayloadOf(s);
      JETKEEP_TRY(pipeline.AddRecord({s, static_cast<std::int64_t>(s), "orders.new", "", payload}));
    }
    return {};
  }
  // The sequences that the segments hold, read back.
  std::vector<std::uint64_t> SequencesIn(const std::vector<SegmentRef>& segments) {
    Manifest manifest = TestManifest("ORDERS", TestId(1), ~std::uint64_t{0}, 0);
    manifest.segments = segments;
    std::vector<std::uint64_t> sequences;
    BlockSource source(files(), workers_, place_, manifest, 1, ~std::uint64_t{0});
    LoadedBlock block;
    while (source.Next(block)) {
      EXPECT_TRUE(block.status) << block.status.error().message;
      BlockRecords records(block.raw.view(), block.info);
      RecordView record;
      while (*records.Next(record)) {
        EXPECT_EQ(record.payload, PayloadOf(record.sequence));
        sequences.push_back(record.sequence);
      }
    }
    return sequences;
  }
  static std::vector<std::uint64_t> Range(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> all;
    for (std::uint64_t s = first; s <= last; ++s) all.push_back(s);
    return all;
  }

  const LineagePath place_ = *LineagePath::Make("$G", "ORDERS", TestId(1));
};

TEST_F(BlockPipelineTest, EachSealGivesTheSegmentsSinceTheLastOne) {
  BlockPipeline pipeline = Make(SmallOptions().writer);
  EXPECT_TRUE(pipeline.Seal()->empty()) << "there is nothing yet";
  std::uint64_t next = 1;
  std::vector<std::string> names;
  for (const std::uint64_t count : {1u, 60u, 3u, 200u}) {
    ASSERT_TRUE(Add(pipeline, next, next + count - 1));
    const auto sealed = pipeline.Seal();
    ASSERT_TRUE(sealed) << sealed.error().message;
    EXPECT_EQ(SequencesIn(*sealed), Range(next, next + count - 1));
    for (const SegmentRef& segment : *sealed) names.push_back(segment.name);
    next += count;
    EXPECT_TRUE(pipeline.Seal()->empty());
  }
  std::vector<std::string> unique = names;
  std::sort(unique.begin(), unique.end());
  EXPECT_EQ(std::unique(unique.begin(), unique.end()), unique.end());
  files().Crash();
  for (const std::string& name : names) EXPECT_TRUE(*files().Exists(place_.Segment(name))) << name;
}

TEST_F(BlockPipelineTest, SealsInTime) {
  auto now = std::chrono::steady_clock::time_point();
  WriterOptions options = SmallOptions().writer;
  options.seal_after = milliseconds(1000);
  options.clock = [&now] { return now; };
  BlockPipeline pipeline = Make(options);
  now += milliseconds(5000);
  EXPECT_TRUE(pipeline.SealIfDue()->empty()) << "nothing waits";
  ASSERT_TRUE(Add(pipeline, 1, 1));
  now += milliseconds(999);
  ASSERT_TRUE(Add(pipeline, 2, 2));
  EXPECT_TRUE(pipeline.SealIfDue()->empty());
  now += milliseconds(1);
  EXPECT_EQ(SequencesIn(*pipeline.SealIfDue()), Range(1, 2));
  EXPECT_TRUE(pipeline.SealIfDue()->empty());
  ASSERT_TRUE(Add(pipeline, 3, 3));
  EXPECT_TRUE(pipeline.SealIfDue()->empty()) << "the time begins with the record";
  now += milliseconds(1000);
  EXPECT_EQ(SequencesIn(*pipeline.SealIfDue()), Range(3, 3));
}

TEST_F(BlockPipelineTest, KeepsWhatIsSealedUnlessItIsAbandoned) {
  std::size_t sealed = 0;
  {
    BlockPipeline pipeline = Make(SmallOptions().writer);
    ASSERT_TRUE(Add(pipeline, 1, 10));
    sealed = pipeline.Seal()->size();
    ASSERT_TRUE(Add(pipeline, 11, 12));
  }
  EXPECT_EQ(files().Paths().size(), sealed);
  Renew();
  BlockPipeline pipeline = Make(SmallOptions().writer);
  ASSERT_TRUE(Add(pipeline, 1, 100));
  ASSERT_TRUE(pipeline.Seal());
  pipeline.Abandon();
  EXPECT_THAT(files().Paths(), testing::IsEmpty());
}

}  // namespace
}  // namespace jetkeep

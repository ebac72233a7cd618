// How often a store is asked: each time is a round trip where it is far away.
#include <gtest/gtest.h>

#include <map>

#include "service/repository/segments/segment_file.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

class RoundTripsTest : public RepositoryTest {
 protected:
  void Count() {
    counts_.clear();
    files().SetFault(
        [this](Operation operation, const std::string&, std::uint64_t) -> std::optional<Injected> {
          ++counts_[operation];
          return std::nullopt;
        });
  }
  std::map<Operation, int> counts_;
};

using Counts = std::map<Operation, int>;

TEST_F(RoundTripsTest, ASegmentIsOpenedByOneReadAndEachBlockByOne) {
  const auto repository = Open();
  const auto made = MakeBackup(*repository, "ORDERS", TestId(1), 60);
  ASSERT_TRUE(made);
  const auto place = LineagePath::Make("$G", "ORDERS", TestId(1));
  Count();
  const auto segment = SegmentFile::Open(files(), *place, made->segments[0]);
  ASSERT_TRUE(segment) << segment.error().message;
  // Opening with a known size asks for nothing yet where a store is far away.
  EXPECT_EQ(counts_, (Counts{{Operation::kOpen, 1}, {Operation::kRead, 1}}));
  Count();
  ByteBuffer stored;
  ByteBuffer raw;
  const std::size_t blocks = (*segment)->blocks().size();
  ASSERT_GT(blocks, 1u);
  for (std::size_t i = 0; i < blocks; ++i) ASSERT_TRUE((*segment)->ReadBlock(i, stored, raw));
  EXPECT_EQ(counts_, (Counts{{Operation::kRead, static_cast<int>(blocks)}}));
}

TEST_F(RoundTripsTest, AWholeBackupIsReadWithoutAskingTwice) {
  const auto repository = Open();
  const auto made = MakeBackup(*repository, "ORDERS", TestId(1), 60);
  ASSERT_TRUE(made);
  std::uint64_t blocks = 0;
  for (const SegmentRef& segment : made->segments) blocks += segment.blocks;
  const auto segments = made->segments.size();
  const auto reader = repository->OpenReader(*made);
  ASSERT_TRUE(reader);
  Count();
  ASSERT_TRUE((*reader)->ForEach([](const RecordView&) -> Status { return {}; }));
  EXPECT_EQ(counts_, (Counts{{Operation::kOpen, static_cast<int>(segments)},
                             {Operation::kRead, static_cast<int>(segments + blocks)}}));
}

TEST_F(RoundTripsTest, AManifestIsReadByItsHeadAndThenWhole) {
  const auto repository = Open();
  ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(1), 60));
  Count();
  ASSERT_TRUE(repository->List("ORDERS"));
  // The stream's directory, that of its lineage's backups, the pins, and one head.
  EXPECT_EQ(counts_, (Counts{{Operation::kList, 3}, {Operation::kOpen, 1}, {Operation::kRead, 1}}));
}

}  // namespace
}  // namespace jetkeep

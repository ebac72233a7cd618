#include "service/repository/live_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_list.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint64_t> Sequences(RecordSource& records) {
  std::vector<std::uint64_t> sequences;
  const Status read = records.ForEach([&](const RecordView& record) -> Status {
    sequences.push_back(record.sequence);
    return {};
  });
  EXPECT_TRUE(read);
  return sequences;
}

TEST(LiveRecords, AreThoseOfTheRangeThatAreNeitherDeletedNorLost) {
  RecordList stored({1, 2, 3, 5, 8, 9, 12, 13});
  SequenceSet deleted;
  deleted.AddRange(3, 7);
  deleted.Add(13);
  SequenceSet lost;
  lost.Add(9);
  LiveRecords live(stored, 2, 12, deleted, lost);
  EXPECT_THAT(Sequences(live), ElementsAre(2, 8, 12));
}

TEST(LiveRecords, OfNothingAreNone) {
  const SequenceSet none;
  RecordList empty({});
  LiveRecords of_empty(empty, 1, ~std::uint64_t{0}, none, none);
  EXPECT_THAT(Sequences(of_empty), IsEmpty());
  SequenceSet all;
  all.AddRange(1, 100);
  RecordList stored({1, 50, 100});
  LiveRecords of_deleted(stored, 1, 100, all, none);
  EXPECT_THAT(Sequences(of_deleted), IsEmpty());
}

TEST(LiveRecords, AnErrorOfTheSourceIsReturned) {
  RecordList stored({1, 2});
  stored.FailAtEnd(Error{Errc::kRepositoryCorrupt, "block 2 is damaged", {}});
  const SequenceSet none;
  LiveRecords live(stored, 1, 9, none, none);
  ASSERT_TRUE(live.Next());
  ASSERT_TRUE(live.Next());
  EXPECT_EQ(live.Next().error().code, Errc::kRepositoryCorrupt);
}

}  // namespace
}  // namespace jetkeep

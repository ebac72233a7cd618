#include "protocol/sequences/sequences_text.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

TEST(SequencesText, NamesRangesByTheirEnds) {
  SequenceSet set;
  EXPECT_EQ(SequencesText(set), "");
  set.Add(7);
  EXPECT_EQ(SequencesText(set), "7");
  set.AddRange(9, 12);
  set.AddRange(20, UINT64_MAX);
  EXPECT_EQ(SequencesText(set), "7, 9..12, 20..18446744073709551615");
  EXPECT_EQ(SequencesText(set, 2), "7, 9..12 and more");
  EXPECT_EQ(SequencesText(set, 3), "7, 9..12, 20..18446744073709551615");
}

}  // namespace
}  // namespace jetkeep

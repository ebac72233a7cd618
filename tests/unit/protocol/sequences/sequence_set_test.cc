#include "protocol/sequences/sequence_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>
#include <vector>

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr std::uint64_t kMax = ~std::uint64_t{0};

std::vector<std::pair<std::uint64_t, std::uint64_t>> Ranges(const SequenceSet& set) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  set.ForEachRange(
      [&](std::uint64_t first, std::uint64_t last) { ranges.emplace_back(first, last); });
  return ranges;
}

TEST(SequenceSet, StartsEmpty) {
  const SequenceSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.Count(), 0u);
  EXPECT_THAT(Ranges(set), IsEmpty());
  EXPECT_FALSE(set.Contains(1));
}

TEST(SequenceSet, MergesNeighboursAndNeverHoldsZero) {
  SequenceSet set;
  set.AddRange(0, 2);
  set.Add(4);
  set.Add(3);
  set.Add(9);
  EXPECT_THAT(Ranges(set), ElementsAre(Pair(1, 4), Pair(9, 9)));
  EXPECT_EQ(set.Count(), 5u);
  EXPECT_FALSE(set.Contains(0));
  set.AddRange(7, 6);
  EXPECT_EQ(set.Count(), 5u);
}

TEST(SequenceSet, HoldsEverySequenceThereIs) {
  SequenceSet set;
  set.AddRange(1, kMax);
  EXPECT_EQ(set.Count(), kMax);
  EXPECT_THAT(Ranges(set), ElementsAre(Pair(1, kMax)));
  EXPECT_TRUE(set.Contains(kMax));
  set.RemoveRange(10, kMax - 1);
  EXPECT_THAT(Ranges(set), ElementsAre(Pair(1, 9), Pair(kMax, kMax)));
  EXPECT_EQ(set.Count(), 10u);
  set.Remove(kMax);
  set.AddRange(1, 10);
  EXPECT_THAT(Ranges(set), ElementsAre(Pair(1, 10)));
}

TEST(SequenceSet, KeepsABillionWideRangeAsOneStep) {
  SequenceSet set;
  set.AddRange(3, 1'000'000'002);
  set.Remove(500'000'000);
  EXPECT_THAT(Ranges(set), ElementsAre(Pair(3, 499'999'999), Pair(500'000'001, 1'000'000'002)));
  EXPECT_EQ(set.CountIn(1, 500'000'000), 499'999'997u);
  EXPECT_EQ(set.CountIn(500'000'000, 500'000'001), 1u);
}

TEST(SequenceSet, BecomesOneRangeWhenFilledOneByOne) {
  SequenceSet set;
  for (std::uint64_t s = 2; s <= 400'000; s += 2) set.Add(s);
  for (std::uint64_t s = 1; s <= 400'000; s += 2) set.Add(s);
  EXPECT_THAT(Ranges(set), ElementsAre(Pair(1, 400'000)));
}

TEST(SequenceSet, UnitesAndSubtracts) {
  SequenceSet a;
  a.AddRange(1, 200'000);
  SequenceSet b;
  b.AddRange(100'000, 300'000);
  SequenceSet united = a;
  united.Union(b);
  EXPECT_THAT(Ranges(united), ElementsAre(Pair(1, 300'000)));
  united.Subtract(a);
  EXPECT_THAT(Ranges(united), ElementsAre(Pair(200'001, 300'000)));
  EXPECT_FALSE(united == b);
  SequenceSet same;
  same.AddRange(200'001, 300'000);
  EXPECT_TRUE(united == same);
}

TEST(SequenceSet, CursorAnswersRisingQuestions) {
  SequenceSet set;
  set.AddRange(5, 6);
  set.Add(70'000);
  SequenceSet::Cursor cursor(set);
  EXPECT_FALSE(cursor.Contains(1));
  EXPECT_FALSE(cursor.Contains(4));
  EXPECT_TRUE(cursor.Contains(5));
  EXPECT_TRUE(cursor.Contains(6));
  EXPECT_FALSE(cursor.Contains(7));
  EXPECT_TRUE(cursor.Contains(70'000));
  EXPECT_FALSE(cursor.Contains(kMax));
  EXPECT_FALSE(cursor.Valid());
}

TEST(SequenceSet, AgreesWithAPlainSetUnderRandomChanges) {
  for (const std::uint32_t seed : {1u, 2u, 3u}) {
    std::mt19937_64 random(seed);
    // Around a chunk border, and dense enough to become bitmaps.
    const std::uint64_t base = 65536 * 3 - 5000;
    SequenceSet set;
    std::set<std::uint64_t> plain;
    for (int step = 0; step < 6000; ++step) {
      const std::uint64_t first = base + random() % 10000;
      const std::uint64_t last = first + (random() % 20 == 0 ? random() % 500 : random() % 2);
      if (random() % 3 != 0) {
        set.AddRange(first, last);
        for (std::uint64_t s = first; s <= last; ++s) plain.insert(s);
      } else {
        set.RemoveRange(first, last);
        for (std::uint64_t s = first; s <= last; ++s) plain.erase(s);
      }
      ASSERT_EQ(set.Count(), plain.size()) << "seed " << seed << " step " << step;
      const std::uint64_t asked = base + random() % 10000;
      ASSERT_EQ(set.Contains(asked), plain.contains(asked));
      ASSERT_EQ(set.CountIn(first, asked),
                asked < first ? 0u
                              : static_cast<std::uint64_t>(std::distance(
                                    plain.lower_bound(first), plain.upper_bound(asked))));
    }
    std::set<std::uint64_t> walked;
    std::uint64_t before = 0;
    set.ForEachRange([&](std::uint64_t first, std::uint64_t last) {
      EXPECT_GT(first, before + 1) << "ranges must not touch";
      for (std::uint64_t s = first; s <= last; ++s) walked.insert(s);
      before = last;
    });
    EXPECT_EQ(walked, plain);
  }
}

}  // namespace
}  // namespace jetkeep

#include "protocol/v1/subject_table.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>

#include "tests/unit/protocol/v1/string_spill.h"

namespace jetkeep::v1 {
namespace {

using Counts = std::map<std::string, std::array<std::uint64_t, 3>>;

Counts ReadAll(const SubjectTable& table) {
  Counts counts;
  std::string before;
  EXPECT_TRUE(table.ForEach([&](std::string_view subject, const SubjectCount& count) -> Status {
    EXPECT_TRUE(counts.empty() || before < subject) << "each once, in rising order";
    before = subject;
    counts[before] = {count.messages, count.first_block, count.last_block};
    return {};
  }));
  return counts;
}

TEST(SubjectTableTest, CountsAndSpansBlocksInMemoryAndSpilled) {
  StringSpill spill;
  SubjectTable table(&spill);
  Counts expected;
  std::mt19937_64 random(1);
  for (std::uint32_t block = 1; block <= 20; ++block) {
    for (int i = 0; i < 20'000; ++i) {
      // Some again and again, some far apart, some only once; lengths from 1 to 300.
      const std::uint64_t number = random() % (std::uint64_t{1} << (4 + random() % 16));
      std::string subject = std::to_string(number);
      subject.append(number * 7 % 295, 'x');
      ASSERT_TRUE(table.Count(subject, block));
      auto& count = expected.try_emplace(subject, std::array<std::uint64_t, 3>{0, block, block})
                        .first->second;
      ++count[0];
      count[2] = block;
    }
  }
  EXPECT_GT(spill.bytes.size(), SubjectTable::kMaxBytes);
  EXPECT_EQ(ReadAll(table), expected);
  EXPECT_EQ(ReadAll(table), expected) << "as often as wanted";
}

TEST(SubjectTableTest, WithoutASpillFileItHoldsWhatMemoryMay) {
  SubjectTable table(nullptr);
  std::uint64_t i = 0;
  while (table.Count(std::string(1000, 'x') + std::to_string(i), 1)) ++i;
  EXPECT_GT(i, 3000U);
  EXPECT_LT(i, 4200U);
  EXPECT_FALSE(table.Count("a", 1)) << "it stays without";
}

TEST(SubjectTableTest, TheLongestSubjectsAreSpilledToo) {
  StringSpill spill;
  SubjectTable table(&spill);
  for (std::uint64_t i = 0; i < 200; ++i) {
    ASSERT_TRUE(table.Count(std::string(65'000, 'y') + std::to_string(i % 150), 1));
  }
  EXPECT_EQ(ReadAll(table).size(), 150U);
}

}  // namespace
}  // namespace jetkeep::v1

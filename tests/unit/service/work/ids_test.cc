#include "service/work/ids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "protocol/base/names.h"

namespace jetkeep {
namespace {

TEST(Ids, AreNewEachTimeAndOneSubjectToken) {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const std::string id = RandomToken(22);
    EXPECT_EQ(id.size(), 22U);
    EXPECT_TRUE(CheckJobId(id)) << id;
    EXPECT_TRUE(seen.insert(id).second) << id;
  }
  std::set<std::uint64_t> bits;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(bits.insert(RandomBits()).second);
}

TEST(Ids, OfTwoSequencesNeverMeet) {
  IdSequence one;
  IdSequence other;
  EXPECT_NE(one.Next(), one.Next());
  EXPECT_NE(one.Next(), other.Next());
}

}  // namespace
}  // namespace jetkeep

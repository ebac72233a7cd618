#include "protocol/base/join.h"

#include <gtest/gtest.h>

#include <vector>

namespace jetkeep {
namespace {

TEST(JoinFirst, SaysHowManyItLeavesOut) {
  const std::vector<std::string> parts{"a", "b", "c"};
  EXPECT_EQ(JoinFirst({}, 2), "");
  EXPECT_EQ(JoinFirst(parts, 3), "a, b, c");
  EXPECT_EQ(JoinFirst(parts, 2), "a, b and 1 more");
  EXPECT_EQ(JoinFirst(parts, 1, "; ", "; and "), "a; and 2 more");
}

}  // namespace
}  // namespace jetkeep

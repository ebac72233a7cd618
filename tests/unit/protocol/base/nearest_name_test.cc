#include "protocol/base/nearest_name.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace jetkeep {
namespace {

constexpr std::array<std::string_view, 3> kVerbs{"backup", "restore", "status"};

TEST(NearestName, CountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("backup", "bakup"), 1U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
}

TEST(NearestName, FindsTheNearestWithinTheLimit) {
  EXPECT_EQ(NearestName("bakup", kVerbs), "backup");
  EXPECT_EQ(NearestName("sttaus", kVerbs), "status");
  EXPECT_EQ(NearestName("delete", kVerbs), "");
  EXPECT_EQ(NearestName("bakup", kVerbs, 0), "");
  EXPECT_EQ(NearestName("bakup", {}), "");
}

TEST(NearestName, AVeryLongNameHasNone) {
  EXPECT_EQ(NearestName(std::string(1 << 20, 'a'), kVerbs, 1 << 21), "");
}

}  // namespace
}  // namespace jetkeep

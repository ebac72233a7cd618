#include "protocol/base/stream_pattern.h"

#include <gmock/gmock.h>

namespace jetkeep {
namespace {

using testing::ElementsAre;

TEST(StreamPattern, AStarIsAnyCharactersAndAQuestionMarkIsOne) {
  for (const char* pattern : {"*", "KV_*", "*_A", "KV_?", "K*_?", "KV_A", "**A", "K?_*"}) {
    EXPECT_TRUE(MatchesStreamPattern(pattern, "KV_A")) << pattern;
  }
  for (const char* pattern : {"KV_", "kv_*", "KV_A?", "*B", "?", "KV_A_*", ""}) {
    EXPECT_FALSE(MatchesStreamPattern(pattern, "KV_A")) << pattern;
  }
  EXPECT_TRUE(MatchesStreamPattern("*", ""));
  // Would take for ever if every star could be tried at every place.
  const std::string name(255, 'a');
  EXPECT_FALSE(MatchesStreamPattern("*a*a*a*a*a*a*a*a*a*a*a*a*b", name));
}

TEST(StreamPattern, WhatNoStreamCanBeNamedIsRefused) {
  for (const char* pattern : {"*", "A?", "ORDERS", "A,B", "[ab]"}) {
    EXPECT_TRUE(CheckStreamPattern(pattern)) << pattern;
  }
  for (const char* pattern : {"", "A.B", "a b", ">", "A/B", "A\\B", "\t"}) {
    const Status refused = CheckStreamPattern(pattern);
    ASSERT_FALSE(refused) << pattern;
    EXPECT_EQ(refused.error().code, Errc::kInvalidName) << pattern;
  }
  EXPECT_FALSE(CheckStreamPattern(std::string(256, '*')));
}

TEST(StreamPattern, AGroupIsPatternsWithBlanksBetween) {
  EXPECT_THAT(SplitPatterns(" A  B_* "), ElementsAre("A", "B_*"));
  EXPECT_TRUE(SplitPatterns("  ").empty());
  EXPECT_TRUE(HasWildcard("A?"));
  EXPECT_FALSE(HasWildcard("A"));
}

}  // namespace
}  // namespace jetkeep

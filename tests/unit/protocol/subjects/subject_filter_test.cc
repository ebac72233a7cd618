#include "protocol/subjects/subject_filter.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

TEST(SubjectFilter, TakesWhatMatchesAndIsNotExcluded) {
  const auto filter = SubjectFilter::Make({"a.*", "b.>"}, {"b.x.>", "a.no"});
  ASSERT_TRUE(filter);
  for (const char* taken : {"a.1", "b.1", "b.1.2", "b.x"})
    EXPECT_TRUE(filter->Takes(taken)) << taken;
  for (const char* not_taken : {"a", "a.1.2", "b", "c", "b.x.1", "a.no", ""}) {
    EXPECT_FALSE(filter->Takes(not_taken)) << not_taken;
  }
  EXPECT_TRUE(SubjectFilter::Make({}, {})->TakesAll());
  EXPECT_TRUE(SubjectFilter::Make({}, {})->Takes("any.thing"));
  EXPECT_FALSE(SubjectFilter::Make({}, {"any.>"})->Takes("any.thing"));
}

TEST(SubjectFilter, PatternsThatNothingMatchesAreRefused) {
  for (const char* bad : {"", " ", "a b", ".a", "a.", "a..b", ">.a", "a.>.b", "a\tb"}) {
    EXPECT_EQ(CheckSubjectPattern(bad).error().code, Errc::kInvalidName) << bad;
    EXPECT_FALSE(SubjectFilter::Make({"a", bad}, {})) << bad;
    EXPECT_FALSE(SubjectFilter::Make({}, {bad})) << bad;
  }
  for (const char* good : {">", "*", "a.*.b.>", "$KV.b.k", "a>b.c", "a>.b", "é.ü"}) {
    EXPECT_TRUE(CheckSubjectPattern(good)) << good;
  }
}

}  // namespace
}  // namespace jetkeep

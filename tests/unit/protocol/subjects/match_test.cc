#include "protocol/subjects/match.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

TEST(SubjectsOverlap, AsServersMatchThem) {
  EXPECT_TRUE(SubjectsOverlap("a.b", "a.b"));
  EXPECT_TRUE(SubjectsOverlap("a.*", "*.b"));
  EXPECT_TRUE(SubjectsOverlap("a.>", "a.b.c"));
  EXPECT_TRUE(SubjectsOverlap(">", "x"));
  EXPECT_FALSE(SubjectsOverlap("a.>", "a"));
  EXPECT_FALSE(SubjectsOverlap("a.b", "a.b.c"));
  EXPECT_FALSE(SubjectsOverlap("a.*", "b.*"));
}

TEST(SubjectIsSubset, HoldsEverySubjectOfTheOther) {
  EXPECT_TRUE(SubjectIsSubset("a.b", "a.b"));
  EXPECT_TRUE(SubjectIsSubset("a.b", "a.*"));
  EXPECT_TRUE(SubjectIsSubset("a.*", "a.*"));
  EXPECT_TRUE(SubjectIsSubset("a.*.c", "a.>"));
  EXPECT_TRUE(SubjectIsSubset("a.>", "a.>"));
  EXPECT_TRUE(SubjectIsSubset("a.>", ">"));
  EXPECT_FALSE(SubjectIsSubset("a.*", "a.b"));
  EXPECT_FALSE(SubjectIsSubset("a.>", "a.*"));
  EXPECT_FALSE(SubjectIsSubset("a", "a.>"));
  EXPECT_FALSE(SubjectIsSubset("a.b.c", "a.b"));
  EXPECT_FALSE(SubjectIsSubset("a.b", "a.b.c"));
}

}  // namespace
}  // namespace jetkeep

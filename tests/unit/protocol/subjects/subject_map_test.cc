#include "protocol/subjects/subject_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

SubjectMap MapOf(const std::vector<SubjectRule>& rules) {
  auto map = SubjectMap::Make(rules);
  EXPECT_TRUE(map) << map.error().message;
  return map.value_or(SubjectMap());
}

std::string Mapped(const SubjectMap& map, const std::string& subject) {
  std::string mapped;
  return map.Map(subject, mapped) ? mapped : subject;
}

TEST(SubjectMapTest, ExactPrefixAndWildcards) {
  const SubjectMap map = MapOf({{"orders.new", "fresh"},
                                {"orders.*.eu.*", "eu.{{wildcard(2)}}.$1"},
                                {"a.*.>", "b.{{ wildcard( 1 ) }}.>"},
                                {"orders.>", "copy.orders.>"}});
  EXPECT_EQ(Mapped(map, "orders.new"), "fresh");
  EXPECT_EQ(Mapped(map, "orders.x.eu.y"), "eu.y.x");
  EXPECT_EQ(Mapped(map, "a.1.2.3"), "b.1.2.3");
  EXPECT_EQ(Mapped(map, "orders.new.x"), "copy.orders.new.x");
  // No rule takes these.
  for (const char* stays : {"orders", "ordersx.y", "a.1", "other", "orders_.new"}) {
    EXPECT_EQ(Mapped(map, stays), stays);
  }
}

TEST(SubjectMapTest, TheFirstRuleThatMatchesCounts) {
  const SubjectMap map = MapOf({{"a.*", "one.$1"}, {"a.b", "two"}, {">", "rest.>"}});
  EXPECT_EQ(Mapped(map, "a.b"), "one.b");
  EXPECT_EQ(Mapped(map, "x"), "rest.x");
}

TEST(SubjectMapTest, WhatCannotBeMadeIsRefused) {
  const std::vector<SubjectRule> bad{
      {"", "x"},         {"a..b", "x"},    {"a.>.b", "x"},
      {"a b", "x"},      {"a.*", ""},      {"a.*", "b.*"},
      {"a.*", "b.$2"},   {"a.>", "b"},     {"a", "b.>"},
      {"a.>", "b.>.c"},  {"a.*", "b..$1"}, {"a.*", "b.{{partition(3,1)}}"},
      {"a.*", "b.$1 c"}, {"a.>", "b.>.>"}, {"a.*", "x-{{wildcard(1)}}"},
      {"a.>", ".>"}};
  for (const SubjectRule& rule : bad) {
    const auto map = SubjectMap::Make({rule});
    ASSERT_FALSE(map) << rule.from << " -> " << rule.to;
    EXPECT_TRUE(map.error().code == Errc::kInvalidName ||
                map.error().code == Errc::kInvalidRequest);
    EXPECT_FALSE(map.error().hint.empty());
  }
}

TEST(SubjectMapTest, ImagesHoldAllThatMappedSubjectsCanBe) {
  const SubjectMap map = MapOf({{"orders.eu.>", "eu.>"}, {"orders.*.new", "new.$1"}});
  EXPECT_THAT(map.ImagesOf("orders.eu.x"), ElementsAre("eu.x"));
  EXPECT_THAT(map.ImagesOf("orders.>"), UnorderedElementsAre("eu.>", "new.*", "orders.>"));
  EXPECT_THAT(map.ImagesOf("other.*"), ElementsAre("other.*"));
  EXPECT_THAT(map.ImagesOf(std::vector<std::string>{"orders.us.new", "orders.*.new"}),
              UnorderedElementsAre("eu.new", "new.*"));
  // Everything that a stream of such subjects holds lies in one of the images.
  const SubjectMap all = MapOf({{"orders.>", "copy.>"}});
  EXPECT_THAT(all.ImagesOf(std::vector<std::string>{"orders.>", "orders"}),
              UnorderedElementsAre("copy.>", "orders"));
}

TEST(SubjectMapTest, OneRuleForAllOfAPattern) {
  const SubjectMap map = MapOf({{"orders.*.>", "copy.{{wildcard(1)}}.>"}, {"x.y", "z"}});
  EXPECT_EQ(map.WholeImageOf("orders.*.a", "orders.$1.a"), "copy.$1.a");
  EXPECT_EQ(map.WholeImageOf("other", "other"), "other");
  EXPECT_EQ(map.WholeImageOf("x.*", "x.*"), std::nullopt);
}

TEST(SubjectMapTest, DifferentSubjectsMayBecomeOne) {
  const std::vector<std::string> stream{"orders.>"};
  EXPECT_FALSE(MapOf({{"orders.>", "copy.>"}}).MayMerge(stream));
  EXPECT_FALSE(
      MapOf({{"orders.*.*", "copy.$2.$1"}, {"orders.>", "rest.>"}}).MayMerge({"orders.*.*"}));
  EXPECT_FALSE(MapOf({{"elsewhere.*", "one"}}).MayMerge(stream));
  EXPECT_TRUE(MapOf({{"orders.*", "one"}}).MayMerge(stream));
  EXPECT_TRUE(MapOf({{"orders.a.>", "x.>"}, {"orders.b.>", "x.>"}}).MayMerge(stream));
  EXPECT_TRUE(MapOf({{"orders.a.>", "orders.b.>"}}).MayMerge(stream)) << "b stays";
  EXPECT_TRUE(MapOf({{"a", "z"}, {"b", "z"}}).MayMerge({"a", "b"}));
}

TEST(SubjectMapTest, Growth) {
  const SubjectMap map = MapOf({{"orders.>", "copy.orders.>"}, {"x.*", "$1"}, {"y.*", "z.$1.$1"}});
  EXPECT_EQ(map.GrowthOf({"orders.a"})->most, 5);
  EXPECT_EQ(map.GrowthOf({"orders.a"})->least, 5);
  EXPECT_EQ(map.GrowthOf({"x.*"})->most, -2);
  EXPECT_EQ(map.GrowthOf({"x.*", "orders.>", "q"})->least, -2);
  EXPECT_FALSE(map.GrowthOf({"y.a"}));
}

}  // namespace
}  // namespace jetkeep

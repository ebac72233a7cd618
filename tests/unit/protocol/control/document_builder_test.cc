// What both encodings refuse, at the place where they meet.
#include "protocol/control/document_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace jetkeep {
namespace {

using ::testing::HasSubstr;

constexpr BodyLimits kSmall{.bytes = 1024, .depth = 3, .members = 2};

TEST(DocumentBuilder, BuildsWhatAParserFinds) {
  DocumentBuilder builder(kSmall);
  EXPECT_TRUE(builder.Begin(Document::object()));
  EXPECT_TRUE(builder.Key("list"));
  EXPECT_TRUE(builder.Begin(Document::array()));
  EXPECT_TRUE(builder.Value(1));
  EXPECT_TRUE(builder.Number(2.5));
  EXPECT_TRUE(builder.Text("drei"));
  EXPECT_TRUE(builder.Begin(Document::object()));
  EXPECT_TRUE(builder.End());
  EXPECT_TRUE(builder.End());
  EXPECT_TRUE(builder.Key("flag"));
  EXPECT_TRUE(builder.Value(true));
  EXPECT_TRUE(builder.End());
  EXPECT_FALSE(builder.refusal());
  EXPECT_EQ(builder.Take(),
            (Document{{"list", {1, 2.5, "drei", Document::object()}}, {"flag", true}}));
}

TEST(DocumentBuilder, AScalarAloneIsADocument) {
  DocumentBuilder builder(kSmall);
  EXPECT_TRUE(builder.Text("alone"));
  EXPECT_EQ(builder.Take(), "alone");
}

TEST(DocumentBuilder, RefusesNumbersThatAreNotFinite) {
  for (const double value : {std::nan(""), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
    DocumentBuilder builder(kSmall);
    EXPECT_FALSE(builder.Number(value));
    EXPECT_EQ(builder.refusal(), "a number is not finite");
  }
}

TEST(DocumentBuilder, RefusesTextAndNamesThatAreNotUtf8) {
  DocumentBuilder text(kSmall);
  EXPECT_FALSE(text.Text("\xff"));
  EXPECT_EQ(text.refusal(), "a text is not UTF-8");
  DocumentBuilder name(kSmall);
  EXPECT_TRUE(name.Begin(Document::object()));
  EXPECT_FALSE(name.Key("\xc3"));
  EXPECT_EQ(name.refusal(), "the name of a member is not UTF-8");
}

TEST(DocumentBuilder, RefusesAMemberTwiceAndNamesItShort) {
  DocumentBuilder builder(kSmall);
  const std::string name(500, 'n');
  EXPECT_TRUE(builder.Begin(Document::object()));
  EXPECT_TRUE(builder.Key(name));
  EXPECT_TRUE(builder.Value(1));
  EXPECT_FALSE(builder.Key(name));
  ASSERT_TRUE(builder.refusal());
  EXPECT_THAT(*builder.refusal(), HasSubstr("appears twice"));
  EXPECT_LT(builder.refusal()->size(), 120U);
}

TEST(DocumentBuilder, RefusesMoreMembersAndLevelsThanItsLimits) {
  DocumentBuilder wide(kSmall);
  EXPECT_TRUE(wide.Begin(Document::object()));
  for (const char* name : {"a", "b"}) EXPECT_TRUE(wide.Key(name) && wide.Value(1));
  EXPECT_FALSE(wide.Key("c"));
  EXPECT_EQ(wide.refusal(), "an object has more than 2 members");
  DocumentBuilder deep(kSmall);
  for (int level = 0; level < 3; ++level) EXPECT_TRUE(deep.Begin(Document::array()));
  EXPECT_FALSE(deep.Begin(Document::array()));
  EXPECT_EQ(deep.refusal(), "more than 3 levels inside each other");
  // Beside each other they are no deeper.
  DocumentBuilder flat(kSmall);
  EXPECT_TRUE(flat.Begin(Document::array()));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(flat.Begin(Document::array()) && flat.End());
}

TEST(DocumentBuilder, RefusesAValueWithoutAName) {
  DocumentBuilder builder(kSmall);
  EXPECT_TRUE(builder.Begin(Document::object()));
  EXPECT_FALSE(builder.Begin(Document::array()));
  EXPECT_EQ(builder.refusal(), "a member has a name that is not text");
}

TEST(DocumentBuilder, TheFirstRefusalStaysAndNothingMoreIsTaken) {
  DocumentBuilder builder(kSmall);
  EXPECT_TRUE(builder.Begin(Document::array()));
  EXPECT_FALSE(builder.Refuse("the first"));
  EXPECT_FALSE(builder.Refuse("the second"));
  EXPECT_FALSE(builder.Value(1));
  EXPECT_FALSE(builder.Begin(Document::array()));
  EXPECT_FALSE(builder.End());
  EXPECT_EQ(builder.refusal(), "the first");
}

}  // namespace
}  // namespace jetkeep

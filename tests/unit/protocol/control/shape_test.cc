// What a shape takes and refuses, for each type of member. (shapes_test.cc holds the table of
// Jetkeep's own shapes against the schemas.)
#include "protocol/control/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jetkeep {
namespace {

using ::testing::HasSubstr;

struct Typed {
  FieldType type;
  std::vector<Document> good;
  std::vector<Document> bad;
};

TEST(Shape, TakesOfEachTypeWhatItIsAndNothingElse) {
  const Document object = Document::object();
  const std::vector<Typed> types = {
      {FieldType::kName, {"a"}, {"", 1, nullptr, Document::array()}},
      {FieldType::kText, {"a", ""}, {1, true, nullptr, object}},
      {FieldType::kCount, {0, 7, UINT64_MAX}, {-1, 1.5, 1.0, "1", nullptr, true}},
      {FieldType::kNumber, {0, -1, 1.5, UINT64_MAX}, {"1", true, nullptr}},
      {FieldType::kFlag, {true, false}, {0, 1, "true", nullptr}},
      {FieldType::kTrue, {true}, {false, 1, "true", nullptr}},
      {FieldType::kTexts,
       {Document::array(), Document::array({"a", ""})},
       {Document::array({"a", 1}), "a", object}},
      {FieldType::kObject, {object, Document{{"x", 1}}}, {Document::array(), "a", nullptr}},
      {FieldType::kObjects, {Document::array(), Document::array({object})}, {object, "a", nullptr}},
      {FieldType::kAny, {nullptr, 1, "a", object, Document::array(), false}, {}}};
  for (const Typed& one : types) {
    const ShapeField fields[] = {{"m", one.type}};
    const Shape shape{fields};
    for (const Document& value : one.good) EXPECT_TRUE(CheckShape({{"m", value}}, shape)) << value;
    for (const Document& value : one.bad) {
      const Status status = CheckShape({{"m", value}}, shape);
      ASSERT_FALSE(status) << value << " as type " << static_cast<int>(one.type);
      EXPECT_EQ(status.error().code, Errc::kWrongType);
      EXPECT_THAT(status.error().message, HasSubstr("the member \"m\" is not "));
    }
  }
}

TEST(Shape, OnlyOptionalMembersMayBeMissingAndUnknownOnesArePassedOver) {
  const ShapeField fields[] = {{"always", FieldType::kCount},
                               {"since 0.2", FieldType::kText, Presence::kOptional}};
  const Shape shape{fields};
  EXPECT_TRUE(CheckShape({{"always", 1}}, shape));
  EXPECT_TRUE(CheckShape({{"always", 1}, {"of the future", nullptr}}, shape));
  const Status missing = CheckShape(Document::object(), shape);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::kInvalidRequest);
  EXPECT_EQ(missing.error().message, "the member \"always\" is missing");
  EXPECT_FALSE(CheckShape({{"always", 1}, {"since 0.2", 2}}, shape)) << "if it is there it counts";
  for (const Document& other : std::vector<Document>{nullptr, 1, "text", Document::array()}) {
    EXPECT_FALSE(CheckShape(other, shape)) << other;
  }
}

TEST(Shape, LooksIntoObjectsAndSaysWhereTheyAreWrong) {
  const ShapeField inner_fields[] = {{"id", FieldType::kName}};
  const Shape inner{inner_fields};
  const ShapeField fields[] = {{"one", FieldType::kObject, Presence::kRequired, &inner},
                               {"many", FieldType::kObjects, Presence::kRequired, &inner}};
  const Shape shape{fields};
  const Document good = {{"one", {{"id", "a"}}}, {"many", {{{"id", "b"}}, {{"id", "c"}}}}};
  EXPECT_TRUE(CheckShape(good, shape));
  Document bad = good;
  bad["one"]["id"] = 1;
  EXPECT_EQ(CheckShape(bad, shape).error().message,
            "the member \"one\": the member \"id\" is not text that is not empty");
  bad = good;
  bad["many"][1].erase("id");
  EXPECT_EQ(CheckShape(bad, shape).error().message,
            "the member \"many\": the member \"id\" is missing");
  bad["many"][1] = "no object";
  EXPECT_FALSE(CheckShape(bad, shape));
}

TEST(Shape, HasTheMembersOfItsBase) {
  const ShapeField base_fields[] = {{"job", FieldType::kName}};
  const Shape base{base_fields};
  const ShapeField fields[] = {{"position", FieldType::kCount}};
  const Shape shape{fields, &base};
  EXPECT_TRUE(CheckShape({{"job", "j"}, {"position", 0}}, shape));
  EXPECT_FALSE(CheckShape({{"position", 0}}, shape));
  EXPECT_FALSE(CheckShape({{"job", "j"}}, shape));
}

}  // namespace
}  // namespace jetkeep

#include "protocol/json/raw_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jetkeep {
namespace {

using ::testing::HasSubstr;

TEST(RawObject, AnEditLeavesEveryOtherMemberAsItIs) {
  auto object = RawObject::Parse(
      R"({ "\u006bey" : [1, 2] ,"big":18446744073709551616,"b":"\u003e","n":null})");
  ASSERT_TRUE(object);
  object->Set("b", "true");
  object->Set("new", R"("x")");
  EXPECT_TRUE(object->Remove("n"));
  EXPECT_FALSE(object->Remove("n"));
  EXPECT_EQ(object->Text(), R"({"\u006bey":[1, 2],"big":18446744073709551616,"b":true,"new":"x"})");
}

TEST(RawObject, MembersAreFoundByWhatTheirKeysMean) {
  const auto object = RawObject::Parse(R"({"\u0061":1,"b":null})");
  ASSERT_TRUE(object);
  EXPECT_EQ(*object->Find("a"), "1");
  EXPECT_EQ(*object->Find("b"), "null");
  EXPECT_EQ(object->FindValue("b"), nullptr);
  EXPECT_EQ(object->Find("c"), nullptr);
}

TEST(RawObject, AMemberCanBePutInFront) {
  auto object = RawObject::Parse(R"({"a":1,"b":2})");
  ASSERT_TRUE(object);
  object->SetFirst("b", "3");
  object->SetFirst("c", "4");
  EXPECT_EQ(object->Text(), R"({"c":4,"b":3,"a":1})");
}

TEST(RawObject, AMemberThatIsThereTwiceIsRefused) {
  const auto object = RawObject::Parse(R"({"a":1,"b":2,"\u0061":3})");
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code, Errc::kInvalidRequest);
  EXPECT_THAT(object.error().message, HasSubstr("twice"));
}

TEST(RawObject, AnEmptyObject) {
  EXPECT_TRUE(RawObject().empty());
  EXPECT_EQ(RawObject().Text(), "{}");
  EXPECT_EQ(RawObject::Parse(" { } ")->Text(), "{}");
  EXPECT_FALSE(RawObject::Parse("[]"));
}

}  // namespace
}  // namespace jetkeep

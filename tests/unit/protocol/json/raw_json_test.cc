#include "protocol/json/raw_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RawJson, AMemberComesByteForByte) {
  const std::string_view config =
      R"({ "name":"A","x":[1, 2 ,{"config":0}],"big":18446744073709551615,"e":"\u003e\"}" })";
  const std::string text = R"( {"type":"t", "config" : )" + std::string(config) + R"( ,"z":null} )";
  EXPECT_EQ(*RawMember(text, "config"), config);
  EXPECT_EQ(*RawMember(text, "z"), "null");
  EXPECT_FALSE(RawMember(text, "name"));
  EXPECT_FALSE(FindRawMember(text, "name")->has_value());
}

TEST(RawJson, EscapedKeysAreFoundAndDoubledOnesRefused) {
  EXPECT_EQ(*RawMember(R"({"\u0061b":1})", "ab"), "1");
  EXPECT_THAT(RawMember(R"({"a":1,"\u0061":2})", "a").error().message, HasSubstr("twice"));
}

TEST(RawJson, RefusesWhatIsNotStrictJson) {
  for (const char* text : {"",
                           "{",
                           "}",
                           "[]",
                           "null",
                           R"({"a"})",
                           R"({"a":})",
                           R"({"a":1,})",
                           R"({"a":1}x)",
                           R"({"a":01})",
                           R"({"a":1.})",
                           R"({"a":+1})",
                           R"({"a":tru})",
                           R"({"a":"\x"})",
                           R"({"a":"\u12g4"})",
                           R"({"a":[1,]})",
                           R"({"a" 1})",
                           R"({a:1})",
                           "{\"a\":\"\n\"}",
                           R"({"a":1 "b":2})",
                           R"({"a":"b)",
                           R"({"a":-})",
                           R"({"a":1e})"}) {
    EXPECT_FALSE(RawMember(text, "a")) << text;
  }
}

TEST(RawJson, AcceptsEveryFormOfNumber) {
  for (const char* number : {"0", "-0", "12", "-1.5", "1e9", "1E-9", "0.25e+3"}) {
    EXPECT_EQ(*RawMember("{\"a\":" + std::string(number) + "}", "a"), number);
  }
}

TEST(RawJson, DeepNestingIsRefusedAndDoesNotOverflow) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(RawMember(nested(kMaxJsonDepth), "a"));
  EXPECT_FALSE(RawMember(nested(kMaxJsonDepth + 1), "a"));
  EXPECT_FALSE(RawMember("{\"a\":" + std::string(1'000'000, '['), "a"));
}

TEST(RawJson, ElementsComeInOrderAndAVisitorsErrorEndsTheWalk) {
  std::vector<std::string> seen;
  const auto keep = [&](std::string_view value) -> Status {
    seen.emplace_back(value);
    if (value == "3") return Fail(Errc::kInternal, "enough");
    return {};
  };
  EXPECT_EQ(ForEachElement("[1, {\"a\":2},3,4]", keep).error().message, "enough");
  EXPECT_THAT(seen, ElementsAre("1", "{\"a\":2}", "3"));
  EXPECT_TRUE(ForEachElement("null", keep));
}

TEST(RawJson, NumbersKeepAll64Bits) {
  EXPECT_EQ(*RawUnsigned("18446744073709551615"), 18446744073709551615u);
  EXPECT_EQ(*RawUnsigned("9007199254740993"), 9007199254740993u);
  for (const char* text : {"", "-1", "1.0", "1e3", "18446744073709551616", "1 ", "\"1\""}) {
    EXPECT_FALSE(RawUnsigned(text)) << text;
  }
}

TEST(RawJson, StringsAreUnescapedAndQuotedBack) {
  EXPECT_EQ(*RawString(R"("a\u003e\n\"\ud83d\ude00")"), "a>\n\"\xF0\x9F\x98\x80");
  EXPECT_FALSE(RawString("\"\\ud83d\""));
  EXPECT_FALSE(RawString("12"));
  EXPECT_EQ(*RawString(QuoteJson("tab\t\"quote\" \xC3\xA9")), "tab\t\"quote\" \xC3\xA9");
}

}  // namespace
}  // namespace jetkeep

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
  EXPECT_EQ(*RawString(R"("\u00e9\u20ac\/\t\b\f\r\\")"), "\xC3\xA9\xE2\x82\xAC/\t\b\f\r\\");
  for (const char* broken :
       {"", "\"", "a", R"("\x")", R"("\u12")", R"("a"b")", "\"\\ud83d\"", "\"\\ud83d\\u0041\"",
        "\"\\ude00\"", "\"\\ud83d\\n\"", "\"\xff\"", "\"\n\""}) {
    EXPECT_FALSE(RawString(broken)) << broken;
  }
  EXPECT_FALSE(RawString("12"));
  EXPECT_EQ(*RawString(QuoteJson("tab\t\"quote\" \xC3\xA9")), "tab\t\"quote\" \xC3\xA9");
}

TEST(RawJson, QuotedTextIsAlwaysAString) {
  std::string text;
  for (int byte = 0; byte < 128; ++byte) text += static_cast<char>(byte);
  EXPECT_EQ(*RawString(QuoteJson(text)), text);
  EXPECT_EQ(QuoteJson("a/b\n\x01\xff"), "\"a/b\\n\\u0001\xEF\xBF\xBD\"");
  EXPECT_EQ(QuoteJsonStrings({"a", "\""}), R"(["a","\""])");
  EXPECT_EQ(QuoteJsonStrings({}), "[]");
  EXPECT_THAT(*RawStrings(R"(["a","\u0062"])"), ElementsAre("a", "b"));
  EXPECT_FALSE(RawStrings(R"(["a",1])"));
}

TEST(RawJson, SignedNumbersKeepAll64Bits) {
  EXPECT_EQ(*RawSigned("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(*RawSigned("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", "-", "9223372036854775808", "1.0", " 1"}) {
    EXPECT_FALSE(RawSigned(text)) << text;
  }
}

TEST(RawJson, AFaultIsThatOfTheDocumentAndOtherErrorsStay) {
  const auto fault = FaultAs(RawUnsigned("x"), Errc::kArchiveCorrupt, "state.json");
  EXPECT_EQ(fault.error().code, Errc::kArchiveCorrupt);
  EXPECT_THAT(fault.error().message, HasSubstr("state.json: not a whole number"));
  const Status other = Fail(Errc::kInternal, "enough");
  EXPECT_EQ(FaultAs(other, Errc::kArchiveCorrupt, "state.json").error().code, Errc::kInternal);
  EXPECT_EQ(*FaultAs(RawUnsigned("7"), Errc::kArchiveCorrupt, "state.json"), 7u);
}

}  // namespace
}  // namespace jetkeep

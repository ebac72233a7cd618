#include "protocol/control/body.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace jetkeep {
namespace {

using namespace std::string_literals;

Errc CodeOf(std::string_view body, const BodyLimits& limits = {}) {
  const Result<Document> document = DecodeBody(body, limits);
  return document ? Errc::kInternal : document.error().code;
}

std::string MessageOf(std::string_view body) {
  const Result<Document> document = DecodeBody(body);
  return document ? "accepted" : document.error().message;
}

TEST(Body, DetectsTheEncodingByTheFirstByte) {
  EXPECT_EQ(DetectEncoding(""), Encoding::kJson);
  EXPECT_EQ(DetectEncoding(" {}"), Encoding::kJson);
  EXPECT_EQ(DetectEncoding("\x80"), Encoding::kMsgpack);
  EXPECT_EQ(DetectEncoding("\x8f"), Encoding::kMsgpack);
  EXPECT_EQ(DetectEncoding("\xde"), Encoding::kMsgpack);
  EXPECT_EQ(DetectEncoding("\xdf"), Encoding::kMsgpack);
  EXPECT_EQ(DetectEncoding("\x90"), Encoding::kJson);
}

TEST(Body, ReadsTheSameDocumentFromBothEncodings) {
  const Document document = {{"text", "Grüße"},
                             {"big", std::numeric_limits<std::uint64_t>::max()},
                             {"negative", std::numeric_limits<std::int64_t>::min()},
                             {"half", 0.5},
                             {"flag", true},
                             {"nothing", nullptr},
                             {"list", {1, 2, {{"deep", "x"}}}}};
  for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
    const std::string body = EncodeBody(document, encoding);
    EXPECT_EQ(DetectEncoding(body), encoding);
    const Result<Document> read = DecodeBody(body);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, document);
  }
}

TEST(Body, TakesAnEmptyBodyAsAnEmptyObject) { EXPECT_EQ(*DecodeBody(""), Document::object()); }

TEST(Body, RefusesWhatIsNoObject) {
  for (const std::string_view body : {"[]", "1", "\"x\"", "null", "x", "{", "{\"a\":1}x", "\x90"}) {
    EXPECT_EQ(CodeOf(body), Errc::kInvalidRequest) << body;
  }
}

TEST(Body, RefusesBodiesAboveTheSizeLimit) {
  const std::string body = "{\"a\":\"" + std::string(70'000, 'x') + "\"}";
  EXPECT_EQ(CodeOf(body), Errc::kRequestTooLarge);
}

TEST(Body, RefusesMembersThatAppearTwice) {
  EXPECT_EQ(MessageOf(R"({"a":1,"a":2})"), "the body: the member \"a\" appears twice");
  EXPECT_EQ(MessageOf("\x82\xa1"
                      "a\x01\xa1"
                      "a\x02"),
            "the body: the member \"a\" appears twice");
}

TEST(Body, RefusesMoreLevelsThanTheLimit) {
  const std::string json = "{\"a\":" + std::string(20'000, '[') + std::string(20'000, ']') + "}";
  EXPECT_EQ(CodeOf(json), Errc::kInvalidRequest);
  EXPECT_EQ(CodeOf("\x81\xa1"
                   "a" +
                   std::string(20'000, '\x91') + "\x01"),
            Errc::kInvalidRequest);
}

TEST(Body, RefusesTooManyMembers) {
  std::string body = "{";
  for (int i = 0; i < 200; ++i) body += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":0";
  EXPECT_EQ(CodeOf(body + "}"), Errc::kInvalidRequest);
}

TEST(Body, RefusesWhatJsonCannotSayInMsgpack) {
  EXPECT_NE(MessageOf("\x81\xa1"
                      "a\xc4\x01x"s)
                .find("binary"),
            std::string::npos);
  EXPECT_NE(MessageOf("\x81\xa1"
                      "a\xd4\x01x"s)
                .find("extension"),
            std::string::npos);
  EXPECT_NE(MessageOf("\x81\xa1"
                      "a\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"s)
                .find("finite"),
            std::string::npos);
  EXPECT_NE(MessageOf("\x81\x01\x01"s).find("not text"), std::string::npos);
  EXPECT_NE(MessageOf("\x81\x80\x01"s).find("not text"), std::string::npos);
  EXPECT_NE(MessageOf("\x81\xa1"
                      "a\xa1\xff"s)
                .find("UTF-8"),
            std::string::npos);
}

TEST(Body, RefusesCutAndLongMsgpack) {
  const std::string body = EncodeBody({{"stream", "ORDERS"}, {"wait", true}}, Encoding::kMsgpack);
  for (std::size_t size = 1; size < body.size(); ++size) {
    EXPECT_EQ(CodeOf(body.substr(0, size)), Errc::kInvalidRequest) << size;
  }
  EXPECT_EQ(CodeOf(body + "\x01"), Errc::kInvalidRequest);
}

TEST(Body, AllocatesNothingByAClaimedLength) {
  EXPECT_EQ(CodeOf("\xdf\xff\xff\xff\xff\xa1"
                   "a\x01"s),
            Errc::kInvalidRequest);
  EXPECT_EQ(CodeOf("\x81\xa1"
                   "a\xdd\xff\xff\xff\xff"s),
            Errc::kInvalidRequest);
  EXPECT_EQ(CodeOf("\x81\xa1"
                   "a\xdb\xff\xff\xff\xff"s),
            Errc::kInvalidRequest);
}

TEST(Body, WritesTextThatIsNotUtf8WithReplacements) {
  const Document document = {{"text",
                              "a\xff"
                              "b"}};
  for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
    EXPECT_EQ((*DecodeBody(EncodeBody(document, encoding)))["text"],
              "a\xef\xbf\xbd"
              "b");
  }
}

}  // namespace
}  // namespace jetkeep

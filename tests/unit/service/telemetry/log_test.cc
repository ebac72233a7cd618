#include "service/telemetry/log.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "service/telemetry/line.h"

namespace jetkeep::log {
namespace {

TEST(LogLine, IsOneJsonObjectWhateverTheValues) {
  EXPECT_EQ(FormatLine(Format::kJson, 0, Level::kInfo, "done",
                       {{"text", "a\"b\\c\nd\x01\x7f\xff"},
                        {"count", 3U},
                        {"low", -3},
                        {"half", 0.5},
                        {"none", 1.0 / 0.0},
                        {"flag", true}}),
            "{\"time\":\"1970-01-01T00:00:00Z\",\"level\":\"info\",\"msg\":\"done\",\"text\":"
            "\"a\\\"b\\\\c\\nd\\u0001\\u007f\xef\xbf\xbd\",\"count\":3,\"low\":-3,\"half\":0.5,"
            "\"none\":null,\"flag\":true}");
}

TEST(LogLine, CannotBeForgedInText) {
  EXPECT_EQ(FormatLine(Format::kText, 0, Level::kWarn, "refused",
                       {{"plain", "ORDERS"}, {"evil", "x\n1970 error fake=1"}, {"empty", ""}}),
            "1970-01-01T00:00:00Z warn refused plain=ORDERS evil=\"x\\n1970 error fake=1\" "
            "empty=\"\"");
}

TEST(Log, WritesWhatIsAtOrAboveItsLevel) {
  char buffer[4096] = {};
  std::FILE* stream = fmemopen(buffer, sizeof buffer, "w");
  ASSERT_NE(stream, nullptr);
  Start({Level::kWarn, Format::kText, stream});
  Info("quiet");
  Warn("loud", {{"n", 1}});
  Start({});
  std::fclose(stream);
  const std::string text = buffer;
  EXPECT_EQ(text.find("quiet"), std::string::npos);
  EXPECT_NE(text.find(" warn loud n=1\n"), std::string::npos);
}

TEST(Log, ReadsItsSettings) {
  EXPECT_EQ(*ParseLevel("debug"), Level::kDebug);
  EXPECT_EQ(*ParseFormat("json"), Format::kJson);
  EXPECT_EQ(ParseLevel("loud").error().code, Errc::kConfigInvalid);
  EXPECT_EQ(ParseFormat("xml").error().code, Errc::kConfigInvalid);
}

}  // namespace
}  // namespace jetkeep::log

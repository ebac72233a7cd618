#include "protocol/base/time.h"

#include <gtest/gtest.h>

#include <limits>

namespace jetkeep {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(FormatTime, DropsTheZerosAtTheEndOfTheFraction) {
  EXPECT_EQ(FormatTime(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatTime(1'795'224'250 * kSecond + 500'000'000), "2026-11-21T01:24:10.5Z");
  EXPECT_EQ(FormatTime(1), "1970-01-01T00:00:00.000000001Z");
  EXPECT_EQ(FormatTime(951'782'400 * kSecond), "2000-02-29T00:00:00Z");
}

TEST(FormatTime, OfBefore1970CountsBackwards) {
  EXPECT_EQ(FormatTime(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(FormatTime(-86'400 * kSecond), "1969-12-31T00:00:00Z");
  EXPECT_EQ(FormatTime(std::numeric_limits<std::int64_t>::min()), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(FormatTime(std::numeric_limits<std::int64_t>::max()), "2262-04-11T23:47:16.854775807Z");
}

TEST(ParseTime, ReadsWhatFormatTimeWrites) {
  for (const std::int64_t time :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, 1'795'224'250 * kSecond + 123'456'789,
        -9'000'000'000 * kSecond, 9'000'000'000 * kSecond}) {
    const auto parsed = ParseTime(FormatTime(time));
    ASSERT_TRUE(parsed) << FormatTime(time);
    EXPECT_EQ(*parsed, time);
  }
}

TEST(ParseTime, TakesEveryOffset) {
  const std::int64_t time = *ParseTime("2026-11-21T01:24:10Z");
  EXPECT_EQ(*ParseTime("2026-11-21t01:24:10z"), time);
  EXPECT_EQ(*ParseTime("2026-11-21T03:24:10+02:00"), time);
  EXPECT_EQ(*ParseTime("2026-11-20T19:54:10.000-05:30"), time);
  EXPECT_EQ(*ParseTime("2026-11-21T01:24:10.123456789+00:00"), time + 123'456'789);
}

TEST(ParseTime, TheServersZeroTimeIsZero) { EXPECT_EQ(*ParseTime("0001-01-01T00:00:00Z"), 0); }

TEST(ParseTime, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-21",
                           "2026-11-21T01:24:10",
                           "2026-11-21 01:24:10Z",
                           "2026-13-21T01:24:10Z",
                           "2026-02-29T01:24:10Z",
                           "2026-00-01T01:24:10Z",
                           "2026-11-21T24:24:10Z",
                           "2026-11-21T01:60:10Z",
                           "2026-11-21T01:24:61Z",
                           "2026-11-21T01:24:10.Z",
                           "2026-11-21T01:24:10.1234567890Z",
                           "2026-11-21T01:24:10Zx",
                           "2026-11-21T01:24:10+0200",
                           "2026-11-21T01:24:10+02",
                           "2026-11-21T01:24:10+24:00",
                           "2026-11-21T01:24:10+02:60",
                           "-026-11-21T01:24:10Z",
                           "1677-12-31T00:00:00Z",
                           "2262-01-01T00:00:00Z",
                           "2026-11-21T01:24:1 Z"}) {
    const auto parsed = ParseTime(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::kInvalidRequest);
  }
}

}  // namespace
}  // namespace jetkeep

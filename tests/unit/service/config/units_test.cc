#include "service/config/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace jetkeep {
namespace {

using std::chrono::milliseconds;

TEST(ByteSize, ReadsEveryUnit) {
  EXPECT_EQ(*ParseByteSize("0"), 0U);
  EXPECT_EQ(*ParseByteSize("17"), 17U);
  EXPECT_EQ(*ParseByteSize("17B"), 17U);
  EXPECT_EQ(*ParseByteSize("64MiB"), 64U << 20);
  EXPECT_EQ(*ParseByteSize("2GiB"), 2ULL << 30);
  EXPECT_EQ(*ParseByteSize("3TiB"), 3ULL << 40);
  EXPECT_EQ(*ParseByteSize("5KB"), 5000U);
  EXPECT_EQ(*ParseByteSize("5kB"), 5000U);
  EXPECT_EQ(*ParseByteSize("1TB"), 1'000'000'000'000U);
  EXPECT_EQ(*ParseByteSize("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(ByteSize, RefusesEverythingElse) {
  for (const char* text :
       {"", "MiB", "-1", "+1", " 1", "1 ", "1 MiB", "1.5MiB", "64mib", "64M", "64k", "1e3", "0x10",
        "1MiBs", "18446744073709551616", "16777216TiB", "99999999999999999999"}) {
    const auto size = ParseByteSize(text);
    ASSERT_FALSE(size.has_value()) << text;
    EXPECT_EQ(size.error().code, Errc::kConfigInvalid) << text;
    EXPECT_FALSE(size.error().hint.empty()) << text;
  }
}

TEST(ByteSize, IsWrittenAsItIsRead) {
  for (const std::uint64_t bytes : {0ULL, 1ULL, 1000ULL, 1024ULL, 64ULL << 20, (1ULL << 30) + 1,
                                    5ULL << 40, std::numeric_limits<unsigned long long>::max()}) {
    EXPECT_EQ(*ParseByteSize(FormatByteSize(bytes)), bytes) << FormatByteSize(bytes);
  }
  EXPECT_EQ(FormatByteSize(64ULL << 20), "64MiB");
}

TEST(Duration, ReadsUnitsInOrder) {
  EXPECT_EQ(*ParseDuration("0"), milliseconds(0));
  EXPECT_EQ(*ParseDuration("0s"), milliseconds(0));
  EXPECT_EQ(*ParseDuration("500ms"), milliseconds(500));
  EXPECT_EQ(*ParseDuration("1h30m"), milliseconds(5'400'000));
  EXPECT_EQ(*ParseDuration("2d1h1m1s1ms"), milliseconds(176'461'001));
  EXPECT_EQ(*ParseDuration("90m"), milliseconds(5'400'000));
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* text :
       {"", "1", "10", "s", "-1s", "1 s", "1.5s", "30m1h", "1s1s", "1S", "1us", "1hour", "1h ",
        "99999999999999999999s", "9223372036854775808ms", "106751991168d"}) {
    const auto duration = ParseDuration(text);
    ASSERT_FALSE(duration.has_value()) << text;
    EXPECT_EQ(duration.error().code, Errc::kConfigInvalid) << text;
  }
}

TEST(Duration, IsWrittenAsItIsRead) {
  for (const std::int64_t ms :
       {0LL, 1LL, 999LL, 1000LL, 5'400'000LL, 86'400'000LL, 9'223'372'036'854'775'807LL}) {
    EXPECT_EQ(*ParseDuration(FormatDuration(milliseconds(ms))), milliseconds(ms));
  }
  EXPECT_EQ(FormatDuration(milliseconds(5'400'000)), "1h30m");
}

TEST(WholeNumber, RefusesSignsAndWhatDoesNotFit) {
  EXPECT_EQ(*ParseWholeNumber("007"), 7U);
  for (const char* text : {"", "-1", "1.0", "a", "1a", "18446744073709551616"})
    EXPECT_FALSE(ParseWholeNumber(text));
}

}  // namespace
}  // namespace jetkeep

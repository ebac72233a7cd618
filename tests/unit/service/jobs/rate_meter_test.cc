#include "service/jobs/rate_meter.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

using std::chrono::seconds;

JobProgress Bytes(std::uint64_t done, std::uint64_t expected) {
  JobProgress progress;
  progress.bytes_done = done;
  progress.bytes_expected = expected;
  return progress;
}

TEST(RateMeter, KnowsNoSpeedFromOneSample) {
  RateMeter meter;
  const ProgressFigures figures = meter.Update(Bytes(10, 100), {});
  EXPECT_EQ(figures.bytes_per_second, 0);
  EXPECT_FALSE(figures.remaining_seconds);
  EXPECT_DOUBLE_EQ(figures.percent, 10);
}

TEST(RateMeter, FollowsTheLastSecondsOnly) {
  RateMeter meter;
  RateMeter::Clock::time_point now{};
  for (int i = 0; i <= 20; ++i)
    meter.Update(Bytes(static_cast<std::uint64_t>(i) * 1000, 100'000), now + seconds(i));
  ProgressFigures figures;
  for (int i = 1; i <= 10; ++i) {
    figures = meter.Update(Bytes(20'000 + static_cast<std::uint64_t>(i) * 10, 100'000),
                           now + seconds(20 + i));
  }
  EXPECT_DOUBLE_EQ(figures.bytes_per_second, 10);
  ASSERT_TRUE(figures.remaining_seconds);
  EXPECT_DOUBLE_EQ(*figures.remaining_seconds, (100'000 - 20'100) / 10.0);
}

TEST(RateMeter, StartsAnewWhenAnAttemptDoes) {
  RateMeter meter;
  RateMeter::Clock::time_point now{};
  meter.Update(Bytes(5000, 10'000), now);
  const ProgressFigures figures = meter.Update(Bytes(10, 10'000), now + seconds(1));
  EXPECT_EQ(figures.bytes_per_second, 0);
}

TEST(RateMeter, SaysHundredPercentOnlyAtTheEnd) {
  RateMeter meter;
  EXPECT_LT(meter.Update(Bytes(100, 100), {}).percent, 100);
  EXPECT_EQ(meter.Final(Bytes(100, 100)).percent, 100);
}

}  // namespace
}  // namespace jetkeep

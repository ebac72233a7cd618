#include "service/engine/publish/publish_pace.h"

#include <gtest/gtest.h>

#include <limits>

namespace jetkeep {
namespace {

using namespace std::chrono_literals;

constexpr PublishPace::TimePoint kBegin{100s};

TEST(PublishPace, SpreadsMessagesOverTheSecond) {
  PublishPace pace(4, false, kBegin);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(pace.Next(kBegin, 0), kBegin + i * 250ms);
  PublishPace free(0, false, kBegin);
  EXPECT_EQ(free.Next(kBegin + 5s, 0), kBegin);
}

TEST(PublishPace, DoesNotMakeUpForAStall) {
  PublishPace pace(10, false, kBegin);
  EXPECT_EQ(pace.Next(kBegin, 0), kBegin);
  const auto later = kBegin + 60s;
  int at_once = 0;
  while (pace.Next(later, 0) <= later) ++at_once;
  EXPECT_LE(at_once, 11);
  EXPECT_GE(at_once, 9);
}

TEST(PublishPace, KeepsPausesWhateverTheTimesAre) {
  PublishPace pace(0, true, kBegin);
  EXPECT_EQ(pace.Next(kBegin, 5'000'000'000), kBegin);
  EXPECT_EQ(pace.Next(kBegin, 7'000'000'000), kBegin + 2s);
  EXPECT_EQ(pace.Next(kBegin, 1'000'000'000), kBegin) << "a clock that was set back";
  PublishPace far(0, true, kBegin);
  EXPECT_EQ(far.Next(kBegin, std::numeric_limits<std::int64_t>::min()), kBegin);
  EXPECT_GT(far.Next(kBegin, std::numeric_limits<std::int64_t>::max()), kBegin + 24h * 365);
}

}  // namespace
}  // namespace jetkeep

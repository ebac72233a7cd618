#include "service/work/byte_pace.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace jetkeep {
namespace {

using std::chrono::milliseconds;

class BytePaceTest : public testing::Test {
 protected:
  milliseconds Waits(std::uint64_t bytes) {
    return std::chrono::duration_cast<milliseconds>(pace_.Reserve(bytes) - now_);
  }
  BytePace::Clock::time_point now_;
  BytePace pace_{1'000, [this] { return now_; }};
};

TEST_F(BytePaceTest, WhatPassesIsPaidForByWhatFollows) {
  EXPECT_EQ(Waits(500), milliseconds(0));
  EXPECT_EQ(Waits(250), milliseconds(500));
  EXPECT_EQ(Waits(1), milliseconds(750));
}

TEST_F(BytePaceTest, TimeInWhichNothingPassesIsNotSavedUp) {
  Waits(500);
  now_ += std::chrono::hours(1);
  EXPECT_EQ(Waits(1'000), milliseconds(0));
  EXPECT_EQ(Waits(1), milliseconds(1'000));
}

TEST_F(BytePaceTest, ANewRateForgetsWhatIsOwedAtTheOldOne) {
  Waits(100'000);
  pace_.SetRate(10'000);
  EXPECT_EQ(Waits(1'000), milliseconds(0));
  EXPECT_EQ(Waits(1), milliseconds(100));
  pace_.SetRate(0);
  EXPECT_EQ(Waits(1'000'000), milliseconds(0));
  EXPECT_EQ(Waits(1'000'000), milliseconds(0));
}

// Many jobs for a while, which servers keep from waiting as long as they would have to; then one.
TEST_F(BytePaceTest, WhatPassedUnpaidIsNotOwedByTheNextJob) {
  constexpr milliseconds kLongest{2'000};
  for (int i = 0; i < 1'000; ++i) pace_.Reserve(1'000, kLongest);
  const auto began = now_;
  for (int i = 0; i < 10; ++i) now_ = std::max(now_, pace_.Reserve(1'000, kLongest));
  // At one second for each, after what is being paid for.
  EXPECT_LE(now_ - began, kLongest + std::chrono::seconds(9));
  EXPECT_GE(now_ - began, std::chrono::seconds(9));
}

TEST_F(BytePaceTest, AWaitEndsWithTheJob) {
  Waits(1'000'000);
  CancelToken cancel;
  cancel.Cancel();
  const Status passed = pace_.Pass(1, std::chrono::hours(1), cancel);
  ASSERT_FALSE(passed);
  EXPECT_EQ(passed.error().code, Errc::kCancelled);
}

}  // namespace
}  // namespace jetkeep

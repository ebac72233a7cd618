#include "service/work/backoff.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(Backoff, DoublesUpToTheLongestWaitAndThenEnds) {
  Backoff backoff({milliseconds(100), milliseconds(350), 5}, 7);
  const std::vector<std::pair<int, int>> ranges = {{50, 100}, {100, 200}, {175, 350}, {175, 350}};
  for (const auto& [low, high] : ranges) {
    const auto wait = backoff.Next();
    ASSERT_TRUE(wait);
    EXPECT_GE(wait->count(), low);
    EXPECT_LE(wait->count(), high);
  }
  EXPECT_FALSE(backoff.Next());
  EXPECT_EQ(backoff.attempts_made(), 5);
}

TEST(Backoff, TwoSeedsDoNotComeBackTogether) {
  std::set<milliseconds::rep> waits;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    waits.insert(
        Backoff({milliseconds(10'000), milliseconds(20'000), 2}, seed * 7919).Next()->count());
  }
  EXPECT_GT(waits.size(), 10u);
}

TEST(SleepFor, EndsSoonAfterCancelling) {
  CancelToken cancel;
  const auto start = steady_clock::now();
  std::thread canceller([cancel]() mutable {
    std::this_thread::sleep_for(milliseconds(30));
    cancel.Cancel();
  });
  EXPECT_EQ(SleepFor(std::chrono::seconds(60), cancel).error().code, Errc::kCancelled);
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(1));
  canceller.join();
  EXPECT_TRUE(SleepFor(milliseconds(1), CancelToken()));
}

}  // namespace
}  // namespace jetkeep

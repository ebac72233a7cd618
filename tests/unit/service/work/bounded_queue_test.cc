#include "service/work/bounded_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace jetkeep {
namespace {

TEST(BoundedQueue, GivesOutInOrderWhatManyThreadsPut) {
  BoundedQueue<int> queue(4);
  constexpr int kEach = 2000;
  std::vector<std::thread> producers;
  for (int p = 0; p < 3; ++p) {
    producers.emplace_back([&queue, p] {
      for (int i = 0; i < kEach; ++i) ASSERT_TRUE(*queue.Push(p * kEach + i));
    });
  }
  std::vector<int> next(3);
  for (int i = 0; i < 3 * kEach; ++i) {
    const auto item = queue.Pop();
    ASSERT_TRUE(item && *item);
    const auto producer = static_cast<std::size_t>(**item / kEach);
    EXPECT_EQ(**item % kEach, next[producer]++);
    EXPECT_LE(queue.size(), 4u);
  }
  for (auto& thread : producers) thread.join();
}

TEST(BoundedQueue, ClosedTakesNothingAndGivesOutTheRest) {
  BoundedQueue<std::unique_ptr<int>> queue(2);
  ASSERT_TRUE(*queue.Push(std::make_unique<int>(1)));
  queue.Close();
  EXPECT_FALSE(*queue.Push(std::make_unique<int>(2)));
  const auto left = queue.Pop();
  ASSERT_TRUE(left && *left);
  EXPECT_EQ(***left, 1);
  const auto end = queue.Pop();
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->has_value());
}

TEST(BoundedQueue, ClosingWakesAWaitingPusher) {
  BoundedQueue<int> queue(1);
  ASSERT_TRUE(*queue.Push(1));
  std::thread closer([&queue] { queue.Close(); });
  EXPECT_FALSE(*queue.Push(2));
  closer.join();
}

TEST(BoundedQueue, CancellingEndsBothWaits) {
  CancelToken cancel;
  BoundedQueue<int> full(1);
  BoundedQueue<int> empty(1);
  ASSERT_TRUE(*full.Push(1));
  std::thread canceller([cancel]() mutable {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    cancel.Cancel();
  });
  EXPECT_EQ(full.Push(2, cancel).error().code, Errc::kCancelled);
  EXPECT_EQ(empty.Pop(cancel).error().code, Errc::kCancelled);
  canceller.join();
}

TEST(BoundedQueue, TryPushLeavesTheItemWhenFull) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  auto first = std::make_unique<int>(1);
  auto second = std::make_unique<int>(2);
  EXPECT_TRUE(queue.TryPush(first));
  EXPECT_FALSE(queue.TryPush(second));
  EXPECT_NE(second, nullptr);
}

}  // namespace
}  // namespace jetkeep

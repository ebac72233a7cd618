#include "service/work/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>

namespace jetkeep {
namespace {

TEST(ThreadPool, FinishRunsEverythingThatWasTakenAndTakesNothingMore) {
  std::atomic<int> runs = 0;
  ThreadPool pool(2);
  for (int i = 0; i < 100; ++i) pool.Run([&] { ++runs; });
  pool.Finish();
  EXPECT_EQ(runs, 100);
  pool.Run([&] { ++runs; });
  EXPECT_EQ(pool.Waiting(), 0U);
  EXPECT_EQ(runs, 100);
}

TEST(ThreadPool, ItsEndDropsWhatHasNotBegunAndWaitsForWhatHas) {
  std::promise<void> begun;
  std::promise<void> go;
  std::atomic<bool> ended = false;
  std::atomic<bool> second = false;
  std::future<void> destroyed;
  {
    auto pool = std::make_unique<ThreadPool>(1);
    pool->Run([&] {
      begun.set_value();
      go.get_future().wait();
      ended = true;
    });
    pool->Run([&] { second = true; });
    begun.get_future().wait();
    destroyed =
        std::async(std::launch::async, [pool = std::move(pool)]() mutable { pool.reset(); });
  }
  EXPECT_EQ(destroyed.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  go.set_value();
  destroyed.wait();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(second);
}

TEST(ThreadPool, TheHookRunsOnceAThreadAndItsStateGoesWithTheThread) {
  std::atomic<int> made = 0;
  std::atomic<int> gone = 0;
  struct State {
    explicit State(std::atomic<int>& g) : gone(g) {}
    ~State() { ++gone; }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    std::atomic<int>& gone;
  };
  ThreadPool pool(1, [&]() -> std::shared_ptr<void> {
    ++made;
    return std::make_shared<State>(gone);
  });
  EXPECT_EQ(made, 0) << "threads start on demand";
  for (int i = 0; i < 10; ++i) pool.Run([&] { EXPECT_EQ(gone, 0); });
  pool.Finish();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(gone, 1);
}

}  // namespace
}  // namespace jetkeep

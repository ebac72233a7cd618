#include "service/loop/event_loop.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>
#include <vector>

#include "service/loop/signal_watcher.h"
#include "service/loop/timer.h"

namespace jetkeep {
namespace {

using namespace std::chrono_literals;

TEST(EventLoop, RunsTasksOfManyThreadsEachInItsOrder) {
  EventLoop loop;
  constexpr int kThreads = 4;
  constexpr int kTasks = 5000;
  std::vector<int> next(kThreads, 0);
  int total = 0;
  bool in_order = true;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int task = 0; task < kTasks; ++task) {
        loop.Post([&, thread, task] {
          in_order = in_order && next[static_cast<std::size_t>(thread)]++ == task;
          if (++total == kThreads * kTasks) loop.Stop();
        });
      }
    });
  }
  loop.Run();
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(in_order);
  EXPECT_EQ(total, kThreads * kTasks);
}

TEST(EventLoop, DropsTasksThatNeverRan) {
  const auto held = std::make_shared<int>(1);
  {
    EventLoop loop;
    loop.Post([held] {});
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Timer, FiresOnceAfterItsDelay) {
  EventLoop loop;
  int calls = 0;
  const auto begin = std::chrono::steady_clock::now();
  const auto once = Timer::Once(loop, 30ms, [&] { ++calls; });
  const auto stop = Timer::Once(loop, 90ms, [&] { loop.Stop(); });
  loop.Run();
  EXPECT_EQ(calls, 1);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 80ms);
}

TEST(Timer, RepeatsUntilItsHandlerDestroysIt) {
  EventLoop loop;
  int calls = 0;
  std::unique_ptr<Timer> repeating;
  repeating = Timer::Every(loop, 5ms, [&] {
    if (++calls == 3) repeating.reset();
  });
  const auto stop = Timer::Once(loop, 100ms, [&] { loop.Stop(); });
  loop.Run();
  EXPECT_EQ(calls, 3);
}

TEST(SignalWatcher, CallsItsHandlerAtTheFirstSignal) {
  EventLoop loop;
  int seen = 0;
  const SignalWatcher watcher(
      loop,
      [&](int number) {
        seen = number;
        loop.Stop();
      },
      [] { ADD_FAILURE() << "nobody asked for that"; });
  loop.Post([] { std::raise(SIGTERM); });
  loop.Run();
  EXPECT_EQ(seen, SIGTERM);
}

TEST(SignalWatcher, CallsTheOtherHandlerAtEachHangup) {
  EventLoop loop;
  int hangups = 0;
  const SignalWatcher watcher(
      loop, [](int) { ADD_FAILURE() << "it is no signal to end"; },
      [&] {
        if (++hangups == 2) return loop.Stop();
        std::raise(SIGHUP);
      });
  loop.Post([] { std::raise(SIGHUP); });
  loop.Run();
  EXPECT_EQ(hangups, 2);
}

TEST(SignalWatcherDeathTest, ExitsAtTheSecondSignal) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        EventLoop loop;
        const SignalWatcher watcher(
            loop, [](int) { std::raise(SIGINT); }, [] {});
        loop.Post([] { std::raise(SIGINT); });
        loop.Run();
      },
      ::testing::ExitedWithCode(128 + SIGINT), "");
}

}  // namespace
}  // namespace jetkeep

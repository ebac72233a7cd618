#include "service/repository/segments/block_workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

namespace jetkeep {
namespace {

TEST(BlockWorkersTest, ForEachCallsForEachNumberOnce) {
  BlockWorkers workers(3);
  for (const std::size_t count : {0u, 1u, 2u, 1000u}) {
    std::vector<std::atomic<int>> calls(count);
    workers.ForEach(count, [&](std::size_t i) { ++calls[i]; });
    for (const auto& number : calls) EXPECT_EQ(number, 1);
  }
}

TEST(BlockWorkersTest, ForEachEndsWhileAllWorkersAreBusy) {
  BlockWorkers workers(2);
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  for (int i = 0; i < 2; ++i) workers.Submit([released] { released.wait(); });
  std::atomic<int> calls = 0;
  workers.ForEach(100, [&](std::size_t) { ++calls; });
  EXPECT_EQ(calls, 100);
  release.set_value();
}

}  // namespace
}  // namespace jetkeep

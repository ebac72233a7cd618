#include "service/repository/block_workers.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

namespace jetkeep {
namespace {

// Shared, so that a task that runs late finds that nothing is left, and nobody waits for it.
struct Loop {
  Loop(std::size_t items, std::function<void(std::size_t)> function)
      : count(items), f(std::move(function)) {}

  void Run() {
    for (std::size_t i = next++; i < count; i = next++) {
      f(i);
      const std::lock_guard lock(mutex);
      if (++done == count) all_done.notify_one();
    }
  }

  const std::size_t count;
  const std::function<void(std::size_t)> f;
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::condition_variable all_done;
  std::size_t done = 0;  // guarded by mutex
};

}  // namespace

BlockWorkers::BlockWorkers(std::size_t threads) {
  for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

BlockWorkers::~BlockWorkers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BlockWorkers::Submit(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void BlockWorkers::ForEach(std::size_t count, std::function<void(std::size_t)> f) {
  const auto loop = std::make_shared<Loop>(count, std::move(f));
  for (std::size_t i = 1; i < count && i <= threads(); ++i) Submit([loop] { loop->Run(); });
  loop->Run();
  std::unique_lock lock(loop->mutex);
  loop->all_done.wait(lock, [&] { return loop->done == count; });
}

void BlockWorkers::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

}  // namespace jetkeep

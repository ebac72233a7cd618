// Executor: a fixed number of threads that run tasks in the order they came.
//
// Tasks must not throw, and must not wait for other tasks of the same executor. The destructor runs
// what was submitted before and waits for it. Thread-safety: Submit may be called from any thread,
// tasks included.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace jetkeep {

class Executor {
 public:
  explicit Executor(std::size_t threads);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Never waits; there is no limit to what may be waiting, so callers bound their own work.
  void Submit(std::function<void()> task);
  std::size_t threads() const { return threads_.size(); }

 private:
  void Run();

  std::mutex mutex_;  // guards tasks_ and stopping_
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace jetkeep

// WorkerThreads: up to so many threads that run tasks in the order they came. Threads start when
// needed and stay.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace jetkeep {

class WorkerThreads {
 public:
  explicit WorkerThreads(std::size_t max_threads) : max_threads_(max_threads) {}
  // Drops tasks that have not begun and waits for those that have.
  ~WorkerThreads();
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;

  // Tasks must not throw. Any thread.
  void Run(std::function<void()> task);
  // How many tasks have not begun. Any thread.
  std::size_t Waiting() const;

 private:
  void Work();

  const std::size_t max_threads_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace jetkeep

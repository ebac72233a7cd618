// ThreadPool: a FIFO pool with at most max_threads threads, which start on demand and stay.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "jetkeep/mutex.h"

namespace jetkeep {

// Runs once on each thread of a pool, before its first task. What it returns lives as long as the
// thread: state that a library keeps for each thread is given back by its destructor.
using ThreadHook = std::function<std::shared_ptr<void>()>;

class ThreadPool {
 public:
  explicit ThreadPool(std::size_t max_threads, ThreadHook hook = {});
  // Drops tasks that have not begun and waits for those that have.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Tasks must not throw. std::system_error, and nothing is taken, if the system gives not even one
  // thread. Any thread. After Finish, and in the destructor, nothing is taken.
  void Run(std::function<void()> task);
  // Runs everything that was taken, then ends the threads. One thread, not one of the pool's.
  void Finish();
  // How many tasks have not begun. Any thread.
  std::size_t Waiting() const;
  std::size_t max_threads() const { return max_threads_; }

 private:
  void Work();
  void StartThread() JETKEEP_REQUIRES(mutex_);

  const std::size_t max_threads_;
  const ThreadHook hook_;
  mutable Mutex mutex_;
  Condition changed_;
  std::deque<std::function<void()>> tasks_ JETKEEP_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ JETKEEP_GUARDED_BY(mutex_);
  std::size_t idle_ JETKEEP_GUARDED_BY(mutex_) = 0;
  bool stopping_ JETKEEP_GUARDED_BY(mutex_) = false;
};

}  // namespace jetkeep

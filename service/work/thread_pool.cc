#include "service/work/thread_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace jetkeep {

ThreadPool::ThreadPool(std::size_t max_threads, ThreadHook hook)
    : max_threads_(std::max<std::size_t>(max_threads, 1)), hook_(std::move(hook)) {}

ThreadPool::~ThreadPool() {
  std::deque<std::function<void()>> dropped;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    dropped.swap(tasks_);
  }
  Finish();
}

void ThreadPool::Run(std::function<void()> task) {
  const MutexLock lock(mutex_);
  if (stopping_) return;
  tasks_.push_back(std::move(task));
  if (tasks_.size() > idle_ && threads_.size() < max_threads_) {
    StartThread();
  }
  changed_.NotifyOne();
}

void ThreadPool::StartThread() {
  try {
    threads_.emplace_back([this] { Work(); });
  } catch (const std::system_error&) {
    if (!threads_.empty()) return;  // those that there are do the work, later
    tasks_.pop_back();
    throw;
  }
}

void ThreadPool::Finish() {
  std::vector<std::thread> threads;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  changed_.NotifyAll();
  for (std::thread& thread : threads) thread.join();
}

std::size_t ThreadPool::Waiting() const {
  const MutexLock lock(mutex_);
  return tasks_.size();
}

void ThreadPool::Work() {
  const std::shared_ptr<void> state = hook_ ? hook_() : nullptr;
  MutexLock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.Wait(lock, [this]() JETKEEP_REQUIRES(mutex_) { return stopping_ || !tasks_.empty(); });
    --idle_;
    if (tasks_.empty()) return;
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.Unlock();
    task();
    task = nullptr;
    lock.Lock();
  }
}

}  // namespace jetkeep

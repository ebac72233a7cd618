// BoundedQueue: hands items from threads to threads, at most `capacity` at a time.
//
// A closed queue takes nothing more and gives out what is left. Thread-safety: all members may be
// called from any thread. Waits end within a quarter of a second after the token is cancelled.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/mutex.h"

namespace jetkeep {

template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity == 0 ? 1 : capacity) {}
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  // Waits while the queue is full. False, and the item is dropped, if the queue is closed.
  // kCancelled if the token is.
  Result<bool> Push(T item, const CancelToken& cancel = {}) {
    MutexLock lock(mutex_);
    while (!closed_ && items_.size() >= capacity_) {
      JETKEEP_TRY(cancel.Check());
      not_full_.WaitFor(lock, kSlice);
    }
    if (closed_) return false;
    items_.push_back(std::move(item));
    lock.Unlock();
    not_empty_.NotifyOne();
    return true;
  }

  // Does not wait; false if the queue is full or closed, and the item is untouched.
  bool TryPush(T& item) {
    MutexLock lock(mutex_);
    if (closed_ || items_.size() >= capacity_) return false;
    items_.push_back(std::move(item));
    lock.Unlock();
    not_empty_.NotifyOne();
    return true;
  }

  // Waits while the queue is empty. Empty if it is closed and nothing is left. kCancelled if the
  // token is.
  Result<std::optional<T>> Pop(const CancelToken& cancel = {}) {
    MutexLock lock(mutex_);
    while (items_.empty() && !closed_) {
      JETKEEP_TRY(cancel.Check());
      not_empty_.WaitFor(lock, kSlice);
    }
    if (items_.empty()) return std::optional<T>();
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    lock.Unlock();
    not_full_.NotifyOne();
    return item;
  }

  void Close() {
    {
      const MutexLock lock(mutex_);
      closed_ = true;
    }
    not_full_.NotifyAll();
    not_empty_.NotifyAll();
  }

  std::size_t size() const {
    const MutexLock lock(mutex_);
    return items_.size();
  }

 private:
  static constexpr std::chrono::milliseconds kSlice{200};

  const std::size_t capacity_;
  mutable Mutex mutex_;
  Condition not_full_;
  Condition not_empty_;
  std::deque<T> items_ JETKEEP_GUARDED_BY(mutex_);
  bool closed_ JETKEEP_GUARDED_BY(mutex_) = false;
};

}  // namespace jetkeep

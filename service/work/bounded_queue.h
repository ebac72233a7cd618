// BoundedQueue: hands items from threads to threads, at most `capacity` at a time.
//
// A closed queue takes nothing more and gives out what is left. Thread-safety: all members may be
// called from any thread. Waits end within a quarter of a second after the token is cancelled.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"

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
    std::unique_lock lock(mutex_);
    while (!closed_ && items_.size() >= capacity_) {
      JETKEEP_TRY(cancel.Check());
      not_full_.wait_for(lock, kSlice);
    }
    if (closed_) return false;
    items_.push_back(std::move(item));
    lock.unlock();
    not_empty_.notify_one();
    return true;
  }

  // Does not wait; false if the queue is full or closed, and the item is untouched.
  bool TryPush(T& item) {
    std::unique_lock lock(mutex_);
    if (closed_ || items_.size() >= capacity_) return false;
    items_.push_back(std::move(item));
    lock.unlock();
    not_empty_.notify_one();
    return true;
  }

  // Waits while the queue is empty. Empty if it is closed and nothing is left. kCancelled if the
  // token is.
  Result<std::optional<T>> Pop(const CancelToken& cancel = {}) {
    std::unique_lock lock(mutex_);
    while (items_.empty() && !closed_) {
      JETKEEP_TRY(cancel.Check());
      not_empty_.wait_for(lock, kSlice);
    }
    if (items_.empty()) return std::optional<T>();
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    lock.unlock();
    not_full_.notify_one();
    return item;
  }

  void Close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    not_full_.notify_all();
    not_empty_.notify_all();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  static constexpr std::chrono::milliseconds kSlice{200};

  const std::size_t capacity_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable not_full_;
  std::condition_variable not_empty_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace jetkeep

// Mutexes whose use the compiler checks: what a member is guarded by is part of its declaration,
// and clang
// (-Wthread-safety) refuses code that touches it without holding that mutex. Other compilers see
// the same classes without the annotations.
//
//   class Counter {
//    public:
//     void Add() {
//       const MutexLock lock(mutex_);
//       ++count_;
//     }
//    private:
//     Mutex mutex_;
//     int count_ JETKEEP_GUARDED_BY(mutex_) = 0;
//   };
//
// Thread-safety: all members may be called from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#if defined(__clang__)
#define JETKEEP_ANNOTATION(x) __attribute__((x))
#else
#define JETKEEP_ANNOTATION(x)
#endif

// A member that is read and written only while the mutex is held.
#define JETKEEP_GUARDED_BY(mutex) JETKEEP_ANNOTATION(guarded_by(mutex))
// A function, or a lambda behind its parameters, that is called only while the mutex is held.
#define JETKEEP_REQUIRES(...) JETKEEP_ANNOTATION(requires_capability(__VA_ARGS__))
// A function that takes the mutex, and so is called only while it is not held.
#define JETKEEP_EXCLUDES(...) JETKEEP_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace jetkeep {

class JETKEEP_ANNOTATION(capability("mutex")) Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  // For a function that is called with the mutex held and gives it up meanwhile; elsewhere
  // MutexLock.
  void Lock() JETKEEP_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void Unlock() JETKEEP_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a mutex for as long as it lives, but for the time between Unlock and Lock.
class JETKEEP_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) JETKEEP_ANNOTATION(acquire_capability(mutex))
      : lock_(mutex.mutex_) {}
  ~MutexLock() JETKEEP_ANNOTATION(release_capability()) = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void Lock() JETKEEP_ANNOTATION(acquire_capability()) { lock_.lock(); }
  void Unlock() JETKEEP_ANNOTATION(release_capability()) { lock_.unlock(); }

 private:
  friend class Condition;
  std::unique_lock<std::mutex> lock_;
};

// A condition variable. Each wait gives the mutex up meanwhile and holds it again when it returns,
// be it for no reason.
class Condition {
 public:
  void Wait(MutexLock& lock) { changed_.wait(lock.lock_); }
  // Until the predicate holds. It is called with the mutex held: [this]() JETKEEP_REQUIRES(mutex_)
  // { … }.
  template <typename Predicate>
  void Wait(MutexLock& lock, Predicate predicate) {
    changed_.wait(lock.lock_, std::move(predicate));
  }
  template <typename Rep, typename Period>
  void WaitFor(MutexLock& lock, std::chrono::duration<Rep, Period> longest) {
    changed_.wait_for(lock.lock_, longest);
  }
  // Whether the predicate holds.
  template <typename Rep, typename Period, typename Predicate>
  bool WaitFor(MutexLock& lock, std::chrono::duration<Rep, Period> longest, Predicate predicate) {
    return changed_.wait_for(lock.lock_, longest, std::move(predicate));
  }
  template <typename Clock, typename Duration, typename Predicate>
  bool WaitUntil(MutexLock& lock, std::chrono::time_point<Clock, Duration> end,
                 Predicate predicate) {
    return changed_.wait_until(lock.lock_, end, std::move(predicate));
  }
  void NotifyOne() { changed_.notify_one(); }
  void NotifyAll() { changed_.notify_all(); }

 private:
  std::condition_variable changed_;
};

}  // namespace jetkeep

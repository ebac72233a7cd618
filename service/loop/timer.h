// Timer: calls a handler later, once or again and again, until it is destroyed.
// Thread-safety: created, used and destroyed on the loop's thread (or while the loop does not run).
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "service/loop/event_loop.h"

namespace jetkeep {

class Timer {
 public:
  using Milliseconds = std::chrono::milliseconds;

  static std::unique_ptr<Timer> Once(EventLoop& loop, Milliseconds delay,
                                     std::function<void()> handler);
  // First after one interval. A loop that was late does not make up for missed calls.
  static std::unique_ptr<Timer> Every(EventLoop& loop, Milliseconds interval,
                                      std::function<void()> handler);
  // The handler may destroy the timer.
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  struct Handle;
  explicit Timer(Handle* handle) : handle_(handle) {}
  static std::unique_ptr<Timer> Start(EventLoop& loop, Milliseconds delay, Milliseconds interval,
                                      std::function<void()> handler);
  Handle* handle_;
};

}  // namespace jetkeep

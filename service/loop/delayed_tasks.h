// DelayedTasks: tasks that the loop runs later. Those that have not run when it is destroyed never
// do. Thread-safety: belongs to the loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <utility>

#include "service/loop/event_loop.h"
#include "service/loop/timer.h"

namespace jetkeep {

class DelayedTasks {
 public:
  explicit DelayedTasks(EventLoop& loop) : loop_(loop) {}

  void After(std::chrono::milliseconds delay, std::function<void()> task) {
    timers_.emplace_back();
    const auto place = std::prev(timers_.end());
    *place = Timer::Once(loop_, delay, [this, place, task = std::move(task)] {
      // The timer owns this function, so both live until the task has run.
      const std::unique_ptr<Timer> timer = std::move(*place);
      timers_.erase(place);
      task();
    });
  }

 private:
  EventLoop& loop_;
  std::list<std::unique_ptr<Timer>> timers_;
};

}  // namespace jetkeep

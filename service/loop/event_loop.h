// EventLoop: the one thread that owns all control state, and the door through which other threads
// reach it.
//
// Timers and signal watchers of a loop must be destroyed before it. Handlers run on the loop's
// thread, one after the other; they must not wait and must not throw.
#pragma once

#include <functional>
#include <memory>

namespace jetkeep {

class EventLoop {
 public:
  EventLoop();
  // Tasks that never ran are dropped. REQUIRES: Run is not running.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs handlers on the calling thread until Stop.
  void Run();
  // Ends Run, after the tasks that were posted before. Any thread.
  void Stop();
  // Runs the task on the loop's thread, in the order of the calls. Any thread.
  void Post(std::function<void()> task);

  struct Core;  // the library's handles, for the other classes of this folder
  Core& core() { return *core_; }

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace jetkeep

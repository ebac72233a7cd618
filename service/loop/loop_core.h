// What the classes of this folder share: the only header that shows libuv.
#pragma once

#include <uv.h>

#include <deque>
#include <functional>

#include "jetkeep/mutex.h"
#include "service/loop/event_loop.h"

namespace jetkeep {

struct EventLoop::Core {
  uv_loop_t loop;
  uv_async_t wake;
  // libuv merges wake-ups, so whoever wakes takes all tasks. The mutex also orders the memory of
  // the tasks, which uv_async_send alone does not promise before libuv 1.53.
  Mutex mutex;
  std::deque<std::function<void()>> tasks JETKEEP_GUARDED_BY(mutex);

  void RunTasks();
};

}  // namespace jetkeep

#include "service/loop/event_loop.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "service/loop/loop_core.h"

namespace jetkeep {
namespace {

// Without a loop there is no service, and no caller could do anything about it.
void Require(int result, const char* what) {
  if (result == 0) return;
  std::fprintf(stderr, "jetkeep: %s: %s\n", what, uv_strerror(result));
  std::abort();
}

}  // namespace

void EventLoop::Core::RunTasks() {
  std::deque<std::function<void()>> due;
  {
    const MutexLock lock(mutex);
    due.swap(tasks);
  }
  for (std::function<void()>& task : due) {
    task();
    task = nullptr;  // what it holds may be large
  }
}

EventLoop::EventLoop() : core_(std::make_unique<Core>()) {
  Require(uv_loop_init(&core_->loop), "event loop");
  core_->wake.data = core_.get();
  Require(uv_async_init(&core_->loop, &core_->wake,
                        [](uv_async_t* wake) { static_cast<Core*>(wake->data)->RunTasks(); }),
          "event loop wake-up");
}

EventLoop::~EventLoop() {
  std::deque<std::function<void()>> dropped;
  {
    const MutexLock lock(core_->mutex);
    dropped.swap(core_->tasks);
  }
  dropped.clear();
  uv_close(reinterpret_cast<uv_handle_t*>(&core_->wake), nullptr);
  uv_run(&core_->loop,
         UV_RUN_DEFAULT);  // runs the close callbacks, also of timers destroyed before
  Require(uv_loop_close(&core_->loop), "closing the event loop");
}

void EventLoop::Run() { uv_run(&core_->loop, UV_RUN_DEFAULT); }

void EventLoop::Stop() {
  Post([this] { uv_stop(&core_->loop); });
}

void EventLoop::Post(std::function<void()> task) {
  const MutexLock lock(core_->mutex);
  core_->tasks.push_back(std::move(task));
  uv_async_send(&core_->wake);
}

}  // namespace jetkeep

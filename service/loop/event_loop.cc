#include "service/loop/event_loop.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "service/loop/loop_core.h"

namespace jetkeep {
namespace {

// Without a loop there is no service, and no caller could do anything about it. Nothing runs yet
// that would have to be ended.
void RequireToBegin(int result, const char* what) {
  if (result == 0) return;
  std::fprintf(stderr, "jetkeep: %s: %s\n", what, uv_strerror(result));
  if (result == UV_EMFILE) std::fputs("hint: Raise the limit of open files (ulimit -n).\n", stderr);
  std::_Exit(EXIT_FAILURE);
}

// What the library opens for itself and for a loop: it aborts where it cannot open its own.
int OpensFiles() {
  std::array<int, 6> files{};
  int result = 0;
  for (int& file : files) {
    file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (file < 0) result = uv_translate_sys_error(errno);
  }
  for (const int file : files) {
    if (file >= 0) ::close(file);
  }
  return result;
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
  RequireToBegin(OpensFiles(), "event loop");
  RequireToBegin(uv_loop_init(&core_->loop), "event loop");
  core_->wake.data = core_.get();
  RequireToBegin(
      uv_async_init(&core_->loop, &core_->wake,
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
  if (uv_loop_close(&core_->loop) != 0) std::abort();  // a handle is open: a mistake of ours
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

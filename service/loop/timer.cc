#include "service/loop/timer.h"

#include <cstdint>
#include <utility>

#include "service/loop/loop_core.h"

namespace jetkeep {

struct Timer::Handle : uv_timer_t {
  std::function<void()> handler;
};

std::unique_ptr<Timer> Timer::Start(EventLoop& loop, Milliseconds delay, Milliseconds interval,
                                    std::function<void()> handler) {
  auto* handle = new Handle{};  // deleted when libuv has closed it
  handle->handler = std::move(handler);
  uv_timer_init(&loop.core().loop, handle);
  uv_update_time(&loop.core().loop);  // a long handler before this one must not shorten the delay
  uv_timer_start(
      handle,
      [](uv_timer_t* timer) {
        // A copy, because the handler may destroy the timer.
        const std::function<void()> call = static_cast<Handle*>(timer)->handler;
        call();
      },
      static_cast<std::uint64_t>(delay.count()), static_cast<std::uint64_t>(interval.count()));
  return std::unique_ptr<Timer>(new Timer(handle));
}

std::unique_ptr<Timer> Timer::Once(EventLoop& loop, Milliseconds delay,
                                   std::function<void()> handler) {
  return Start(loop, delay, Milliseconds(0), std::move(handler));
}

std::unique_ptr<Timer> Timer::Every(EventLoop& loop, Milliseconds interval,
                                    std::function<void()> handler) {
  return Start(loop, interval, interval, std::move(handler));
}

Timer::~Timer() {
  handle_->handler = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(handle_), [](uv_handle_t* closed) {
    delete static_cast<Handle*>(reinterpret_cast<uv_timer_t*>(closed));
  });
}

}  // namespace jetkeep

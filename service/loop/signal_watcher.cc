#include "service/loop/signal_watcher.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <utility>

#include "service/loop/loop_core.h"

namespace jetkeep {

struct SignalWatcher::State {
  std::function<void(int)> handler;
  std::function<void()> on_hangup;
  bool asked = false;
  std::array<uv_signal_t*, 3> handles{};

  void OnSignal(int number) {
    if (number == SIGHUP) return on_hangup();
    if (asked) _exit(128 + number);
    asked = true;
    handler(number);
  }
};

SignalWatcher::SignalWatcher(EventLoop& loop, std::function<void(int signal_number)> handler,
                             std::function<void()> on_hangup)
    : state_(std::make_unique<State>()) {
  state_->handler = std::move(handler);
  state_->on_hangup = std::move(on_hangup);
  constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    auto* handle = new uv_signal_t;  // deleted when libuv has closed it
    handle->data = state_.get();
    uv_signal_init(&loop.core().loop, handle);
    uv_signal_start(
        handle,
        [](uv_signal_t* fired, int number) { static_cast<State*>(fired->data)->OnSignal(number); },
        kSignals[i]);
    state_->handles[i] = handle;
  }
}

SignalWatcher::~SignalWatcher() {
  for (uv_signal_t* handle : state_->handles) {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<uv_signal_t*>(closed); });
  }
}

}  // namespace jetkeep

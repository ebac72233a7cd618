// SignalWatcher: SIGINT and SIGTERM end the service in order; the second one ends it at once.
// SIGHUP makes it read its configuration again.
// Thread-safety: created and destroyed on the loop's thread (or while the loop does not run). One
// per process.
#pragma once

#include <functional>
#include <memory>

#include "service/loop/event_loop.h"

namespace jetkeep {

class SignalWatcher {
 public:
  // Calls the handler with the signal's number at the first signal. At the second one the process
  // exits with 128 + its number, without any clean-up: jobs are made to survive that.
  SignalWatcher(EventLoop& loop, std::function<void(int signal_number)> handler,
                std::function<void()> on_hangup);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jetkeep

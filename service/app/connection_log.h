// ConnectionLog: logs the state of the NATS connection: each change at once; while there is none,
// the reason at once, when it changes, and now and then. Thread-safety:
// Observe is called by one thread at a time, ever_connected by any.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "jetkeep/clock.h"
#include "service/nats/connection.h"

namespace jetkeep {

class ConnectionLog {
 public:
  // The clock outlives the log. `account`: whose connection it is.
  explicit ConnectionLog(const WallClock& clock = SystemClock(), std::string account = {})
      : clock_(clock), account_(std::move(account)) {}

  void Observe(const ConnectionEvent& event);
  bool ever_connected() const { return ever_connected_; }

 private:
  void LogReason(const std::string& reason, const std::string& hint);

  const WallClock& clock_;
  const std::string account_;
  std::atomic<bool> ever_connected_{false};
  std::string last_reason_;  // empty: none since the last connection
  std::int64_t last_logged_ns_ = 0;
};

}  // namespace jetkeep

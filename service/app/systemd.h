// Systemd: tells the service manager how the service is, and that its loop goes round.
//
// The protocol is a datagram of lines to the socket that $NOTIFY_SOCKET names, so it is written
// here: libsystemd would be one more library for it. Without that variable nothing is sent.
// Thread-safety: belongs to the loop's thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "service/loop/event_loop.h"
#include "service/loop/timer.h"

namespace jetkeep {

class Systemd {
 public:
  // Feeds the watchdog from the loop if $WATCHDOG_USEC asks for it. The loop outlives this.
  explicit Systemd(EventLoop& loop);

  void Ready(std::string_view status);
  void Reloading();  // until Ready
  void Stopping();
  void Status(std::string_view status);  // as `systemctl status` shows it

 private:
  void Send(const std::string& lines) const;

  const std::string socket_;  // empty: none
  std::unique_ptr<Timer> watchdog_;
};

}  // namespace jetkeep

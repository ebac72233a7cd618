// EventInbox: messages wait here for the thread that follows them; the client library's thread puts
// them in.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include "service/cli/control_client.h"

namespace jetkeep {

// Thread-safe. Owned by shared pointers: handlers keep it alive.
class EventInbox : public std::enable_shared_from_this<EventInbox> {
 public:
  using Event = ControlClient::EventMessage;

  ControlClient::EventHandler Handler();
  // What has come, after waiting for the first of it at most so long.
  std::deque<Event> Take(std::chrono::milliseconds wait);

 private:
  void Put(Event event);

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Event> events_;
};

}  // namespace jetkeep

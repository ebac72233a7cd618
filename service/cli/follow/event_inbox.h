// EventInbox: messages wait here for the thread that follows them; the client library's thread puts
// them in.
#pragma once

#include <chrono>
#include <deque>
#include <memory>

#include "jetkeep/mutex.h"
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

  Mutex mutex_;
  Condition arrived_;
  std::deque<Event> events_ JETKEEP_GUARDED_BY(mutex_);
};

}  // namespace jetkeep

#include "service/cli/follow/event_inbox.h"

#include <utility>

namespace jetkeep {

ControlClient::EventHandler EventInbox::Handler() {
  return [inbox = shared_from_this()](Event event) { inbox->Put(std::move(event)); };
}

void EventInbox::Put(Event event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  arrived_.notify_one();
}

std::deque<EventInbox::Event> EventInbox::Take(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  arrived_.wait_for(lock, wait, [&] { return !events_.empty(); });
  return std::exchange(events_, {});
}

}  // namespace jetkeep

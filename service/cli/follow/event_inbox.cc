#include "service/cli/follow/event_inbox.h"

#include <utility>

namespace jetkeep {

ControlClient::EventHandler EventInbox::Handler() {
  return [inbox = shared_from_this()](Event event) { inbox->Put(std::move(event)); };
}

void EventInbox::Put(Event event) {
  const MutexLock lock(mutex_);
  events_.push_back(std::move(event));
  arrived_.NotifyOne();
}

std::deque<EventInbox::Event> EventInbox::Take(std::chrono::milliseconds wait) {
  MutexLock lock(mutex_);
  arrived_.WaitFor(lock, wait, [this]() JETKEEP_REQUIRES(mutex_) { return !events_.empty(); });
  return std::exchange(events_, {});
}

}  // namespace jetkeep

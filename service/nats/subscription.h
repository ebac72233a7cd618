// Subscriptions, with a handler or to be asked for messages.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "jetkeep/error.h"
#include "service/nats/message.h"

struct __natsSubscription;  // NOLINT(bugprone-reserved-identifier): nats.c's own name

namespace jetkeep {

class ConnectionCore;

// Handlers of all subscriptions of a process run on one thread, one after the other: be quick,
// never wait.
using MessageHandler = std::function<void(Message message)>;

// Calls a handler for each message until it is destroyed. The destructor returns only when the
// handler is not running and will not run again, except on the handler's own thread, where it
// cannot wait for itself. Thread-safety: all members may be called from any thread.
class Subscription {
 public:
  struct State;
  explicit Subscription(std::shared_ptr<State> state);
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // Takes no new messages; those that have arrived are still handled.
  Status Drain();

 private:
  std::shared_ptr<State> state_;
};

// Keeps messages until asked for them. Thread-safety: one thread at a time.
class SyncSubscription {
 public:
  SyncSubscription(__natsSubscription* subscription, std::shared_ptr<ConnectionCore> core);
  ~SyncSubscription();
  SyncSubscription(const SyncSubscription&) = delete;
  SyncSubscription& operator=(const SyncSubscription&) = delete;

  // The next message; kTimeout if none came in time (0: only one that is there),
  // kTransferInterrupted if messages had to be dropped, kNotConnected if the connection was closed
  // for good.
  Result<Message> Next(std::chrono::milliseconds timeout);
  // Messages dropped because more than the limit was waiting.
  std::uint64_t Dropped() const;

 private:
  __natsSubscription* subscription_;
  std::shared_ptr<ConnectionCore> core_;
};

}  // namespace jetkeep

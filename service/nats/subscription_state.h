// Subscription::State: what a subscription shares with the library's callbacks. Private to this
// folder.
#pragma once

#include <nats/nats.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "jetkeep/mutex.h"
#include "service/nats/connection_core.h"
#include "service/nats/subscription.h"

namespace jetkeep {

struct Subscription::State : std::enable_shared_from_this<Subscription::State> {
  std::string subject;
  std::string queue_group;
  MessageHandler handler;
  std::shared_ptr<ConnectionCore> core;

  Mutex mutex;
  Condition changed;
  natsSubscription* subscription JETKEEP_GUARDED_BY(mutex) = nullptr;
  bool ended JETKEEP_GUARDED_BY(mutex) = false;  // the handler must not run any more
  int library_objects JETKEEP_GUARDED_BY(mutex) =
      0;  // subscriptions of the library that can still call back
  std::thread::id running
      JETKEEP_GUARDED_BY(mutex);  // the thread the handler runs on, while it runs

  // Subscribes on `connection`, giving up an earlier subscription.
  natsStatus Attach(natsConnection* connection);
  // Ends it and waits until the handler is not running.
  void End();

 private:
  static void OnMessage(natsConnection* connection, natsSubscription* subscription,
                        natsMsg* message, void* closure) noexcept;
  static void OnComplete(void* closure) noexcept;
};

}  // namespace jetkeep

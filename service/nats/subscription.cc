#include "service/nats/subscription.h"

#include <nats/nats.h>

#include "service/nats/connection_core.h"
#include "service/nats/status.h"
#include "service/nats/subscription_state.h"

namespace jetkeep {
namespace {

// Only a handler that hangs takes so long; then the state stays behind rather than the caller.
constexpr std::chrono::seconds kLongestHandler{10};

// What may wait for a handler, of one subscription: a flood beyond that is dropped, and told as an
// error of the connection. It counts within the promised 64 MiB.
constexpr int kMessagesWaiting = 16 * 1024;
constexpr int kBytesWaiting = 16 * 1024 * 1024;

// A server that goes on sending could keep the emptying of a subscription busy.
constexpr std::chrono::milliseconds kLongestEmptying{500};

}  // namespace

natsStatus Subscription::State::Attach(natsConnection* connection) {
  const MutexLock lock(mutex);
  if (ended) return NATS_OK;
  if (subscription != nullptr) core->Retire(subscription);
  subscription = nullptr;
  // The library holds a reference of its own until the subscription is complete.
  auto* reference = new std::shared_ptr<State>(shared_from_this());
  natsSubscription* made = nullptr;
  const natsStatus status =
      queue_group.empty()
          ? natsConnection_Subscribe(&made, connection, subject.c_str(), OnMessage, reference)
          : natsConnection_QueueSubscribe(&made, connection, subject.c_str(), queue_group.c_str(),
                                          OnMessage, reference);
  if (status != NATS_OK) {
    delete reference;
    return status;
  }
  natsSubscription_SetPendingLimits(made, kMessagesWaiting, kBytesWaiting);
  ++library_objects;
  subscription = made;
  natsSubscription_SetOnCompleteCB(made, OnComplete, reference);
  return NATS_OK;
}

void Subscription::State::OnMessage(natsConnection*, natsSubscription*, natsMsg* message,
                                    void* closure) noexcept {
  const std::shared_ptr<State> state = *static_cast<std::shared_ptr<State>*>(closure);
  Message owned(message, state->core);
  if (!owned) return;
  {
    const MutexLock lock(state->mutex);
    if (state->ended) return;
    state->running = std::this_thread::get_id();
  }
  state->handler(std::move(owned));
  const MutexLock lock(state->mutex);
  state->running = {};
  state->changed.NotifyAll();
}

void Subscription::State::OnComplete(void* closure) noexcept {
  auto* reference = static_cast<std::shared_ptr<State>*>(closure);
  const std::shared_ptr<State> state = *reference;
  delete reference;
  const MutexLock lock(state->mutex);
  --state->library_objects;
  state->changed.NotifyAll();
}

void Subscription::State::End() {
  natsSubscription* gone = nullptr;
  {
    MutexLock lock(mutex);
    ended = true;
    std::swap(gone, subscription);
    if (running != std::this_thread::get_id()) {
      changed.WaitFor(lock, kLongestHandler,
                      [this]() JETKEEP_REQUIRES(mutex) { return running == std::thread::id(); });
    }
  }
  if (gone != nullptr) core->Retire(gone);
}

Subscription::Subscription(std::shared_ptr<State> state) : state_(std::move(state)) {}

Subscription::~Subscription() { state_->End(); }

Status Subscription::Drain() {
  const MutexLock lock(state_->mutex);
  if (state_->subscription == nullptr) return {};
  // Nothing comes; the library would keep the caller waiting for as long as it tries to connect.
  if (state_->core->KnownState() == ConnectionState::kReconnecting) return {};
  return CheckNats(natsSubscription_Drain(state_->subscription), "drain " + state_->subject);
}

SyncSubscription::SyncSubscription(__natsSubscription* subscription,
                                   std::shared_ptr<ConnectionCore> core)
    : subscription_(subscription), core_(std::move(core)) {}

SyncSubscription::~SyncSubscription() {
  // What is waiting must not stay in memory for as long as the subscription is kept. A full one
  // takes no more, and says so once before it gives out the next message.
  natsSubscription_SetPendingLimits(subscription_, 1, 1);
  const auto deadline = std::chrono::steady_clock::now() + kLongestEmptying;
  natsMsg* message = nullptr;
  natsStatus status = NATS_OK;
  while ((status == NATS_OK || status == NATS_SLOW_CONSUMER) &&
         std::chrono::steady_clock::now() < deadline) {
    status = natsSubscription_NextMsg(&message, subscription_, 0);
    if (status == NATS_OK) natsMsg_Destroy(message);
  }
  core_->Retire(subscription_);
}

Result<Message> SyncSubscription::Next(std::chrono::milliseconds timeout) {
  natsMsg* message = nullptr;
  const natsStatus status = natsSubscription_NextMsg(&message, subscription_, timeout.count());
  // The library turns an answer that says "nobody listens" into a status in some versions.
  if (status == NATS_TIMEOUT) return Fail(Errc::kTimeout, "no message");
  if (status != NATS_OK) return Fail(FromNats(status, "receive"));
  return Message(message, core_);
}

std::uint64_t SyncSubscription::Dropped() const {
  std::int64_t dropped = 0;
  if (natsSubscription_GetDropped(subscription_, &dropped) != NATS_OK) return 0;
  return static_cast<std::uint64_t>(dropped);
}

}  // namespace jetkeep

#include "service/nats/connection.h"

#include <nats/nats.h>

#include <algorithm>

#include "service/nats/connection_core.h"
#include "service/nats/library_options.h"
#include "service/nats/status.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often a wait checks for cancellation and for a lost connection.
constexpr milliseconds kSlice{100};

// How many answers to one request are kept until somebody reads them.
constexpr int kAnswersWaiting = 256;
constexpr int kAnswerBytesWaiting = 128 * 1024 * 1024;

milliseconds Slice(steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  return std::clamp(left, milliseconds(1), kSlice);
}

tl::unexpected<Error> Denied(const std::string& subject) {
  return Fail(Errc::kPermissionDenied, "permission denied to publish on " + subject,
              "Grant this user permission to publish on that subject.");
}

}  // namespace

PendingAnswers::PendingAnswers(ConnectionCore& core, std::string subject, std::string inbox)
    : core_(core),
      subject_(std::move(subject)),
      inbox_(std::move(inbox)),
      generation_(core.generation()),
      denial_mark_(core.denials().Mark()) {}

Result<Message> PendingAnswers::Next(steady_clock::time_point deadline, const CancelToken& cancel) {
  while (true) {
    // Before the next answer: whoever goes on answering must not keep the caller longer.
    if (looked_ && steady_clock::now() >= deadline) {
      return Fail(Errc::kTimeout, "no answer to " + subject_);
    }
    auto answer = answers_->Next(Slice(deadline));
    looked_ = true;
    if (answer) {
      const bool nobody = answer->data().empty() && answer->header("Status") == "503";
      if (!nobody) return answer;
      return Fail(Errc::kNoResponders, "nobody listens on " + subject_);
    }
    // A flood of answers: those that fit are still looked at.
    const bool flooded = answers_->Dropped() > 0;
    if (answer.error().code != Errc::kTimeout && !flooded) {
      return Fail(std::move(answer.error()).Within("request to " + subject_));
    }
    JETKEEP_TRY(cancel.Check());
    if (const auto denied = core_.denials().Since(denial_mark_, subject_)) return Denied(subject_);
    if (const auto denied = core_.denials().Since(denial_mark_, inbox_)) {
      return Fail(Errc::kPermissionDenied, "permission denied to subscribe to " + inbox_,
                  "Grant this user permission to subscribe to " + core_.inbox_prefix() + ".>.");
    }
    if (core_.state() != ConnectionState::kConnected || core_.generation() != generation_) {
      return Fail(Errc::kNotConnected, "request to " + subject_ + ": the connection was lost");
    }
    if (steady_clock::now() >= deadline) return Fail(Errc::kTimeout, "no answer to " + subject_);
  }
}

std::function<std::shared_ptr<void>()> NatsThreadHook() {
  return [] { return std::make_shared<NatsThreadScope>(); };
}

NatsThreadScope::~NatsThreadScope() { nats_ReleaseThreadMemory(); }

Connection::Connection(std::shared_ptr<ConnectionCore> core) : core_(std::move(core)) {}

Connection::~Connection() { Close(); }

Result<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options,
                                                     ConnectionObserver observer,
                                                     ConnectionRefresh refresh) {
  // What is wrong with them now is no reason to try again and again.
  JETKEEP_TRY(MakeLibraryOptions(options).map([](const ConnectionCore::OptionsHandle&) {}));
  CallbackTarget* target = ConnectionCore::NewTarget();
  auto core =
      std::make_shared<ConnectionCore>(*target, options, std::move(observer), std::move(refresh));
  target->core = core;
  std::unique_ptr<Connection> connection(new Connection(core));
  core->Start();
  return connection;
}

ConnectionState Connection::state() const { return core_->state(); }

ConnectionState Connection::KnownState() const { return core_->KnownState(); }

std::uint64_t Connection::KnownGeneration() const { return core_->KnownGeneration(); }

std::uint64_t Connection::KnownMaxPayload() const { return core_->KnownMaxPayload(); }

std::uint64_t Connection::generation() const { return core_->generation(); }

Status Connection::WaitConnected(milliseconds timeout, const CancelToken& cancel) const {
  constexpr milliseconds kPoll{20};
  const auto deadline = steady_clock::now() + timeout;
  while (!connected()) {
    JETKEEP_TRY(cancel.Check());
    const std::optional<Error> failure = core_->LastFailure();
    const bool refused = failure && failure->code == Errc::kPermissionDenied;
    if (refused || (failure && steady_clock::now() >= deadline)) return Fail(*failure);
    if (steady_clock::now() >= deadline) {
      return Fail(Errc::kNotConnected, "no NATS server could be reached in time",
                  "Check the server URL and that the server runs.");
    }
    std::this_thread::sleep_for(kPoll);
  }
  return {};
}

std::string Connection::ServerUrl() const {
  const auto handle = core_->handle();
  const std::string host = handle ? ConnectedHost(handle.get()) : std::string();
  return host.empty() ? host : "nats://" + host;
}

std::string Connection::ServerId() const {
  const auto handle = core_->handle();
  char id[256];
  if (!handle || natsConnection_GetConnectedServerId(handle.get(), id, sizeof id) != NATS_OK) {
    return {};
  }
  return id;
}

std::uint64_t Connection::MaxPayload() const {
  const auto handle = core_->handle();
  const std::int64_t limit = handle ? natsConnection_GetMaxPayload(handle.get()) : 0;
  return limit > 0 ? static_cast<std::uint64_t>(limit) : 0;
}

std::optional<Error> Connection::LastFailure() const { return core_->LastFailure(); }

std::string Connection::NewInbox() const {
  natsInbox* inbox = nullptr;
  if (natsInbox_Create(&inbox) != NATS_OK) return {};
  std::string unique = inbox;  // "_INBOX.<22 characters>"
  natsInbox_Destroy(inbox);
  unique.erase(0, unique.rfind('.') + 1);
  return core_->inbox_prefix() + "." + unique;
}

Status Connection::Publish(const std::string& subject, std::string_view body,
                           const Headers& headers) {
  return core_->PublishOrKeep(subject, body, headers);
}

Status Connection::PublishRequest(const std::string& subject, const std::string& reply,
                                  std::string_view body, const Headers& headers) {
  return core_->Publish(subject, reply, body, headers);
}

Result<PendingAnswers> Connection::Ask(const std::string& subject, std::string_view body,
                                       const Headers& headers) {
  if (!connected()) return Fail(Errc::kNotConnected, "request to " + subject + ": not connected");
  PendingAnswers pending(*core_, subject, NewInbox());
  JETKEEP_ASSIGN(pending.answers_,
                 SubscribeSync(pending.inbox_, kAnswersWaiting, kAnswerBytesWaiting));
  JETKEEP_TRY(core_->Publish(subject, pending.inbox_, body, headers));
  return pending;
}

Result<Message> Connection::Request(const std::string& subject, std::string_view body,
                                    milliseconds timeout, const Headers& headers,
                                    const CancelToken& cancel) {
  const auto deadline = steady_clock::now() + timeout;
  JETKEEP_ASSIGN(PendingAnswers pending, Ask(subject, body, headers));
  auto answer = pending.Next(deadline, cancel);
  if (!answer && answer.error().code == Errc::kTimeout) {
    return Fail(Errc::kTimeout,
                "no answer to " + subject + " within " + std::to_string(timeout.count()) + " ms");
  }
  return answer;
}

Status Connection::Flush(milliseconds timeout) {
  const auto handle = core_->handle();
  if (!handle || !connected()) return Fail(Errc::kNotConnected, "flush: not connected");
  return CheckNats(natsConnection_FlushTimeout(handle.get(), timeout.count()), "flush");
}

Result<std::unique_ptr<Subscription>> Connection::Subscribe(const std::string& subject,
                                                            const std::string& queue_group,
                                                            MessageHandler handler) {
  return core_->Subscribe(subject, queue_group, std::move(handler));
}

Result<std::unique_ptr<SyncSubscription>> Connection::SubscribeSync(const std::string& subject,
                                                                    int pending_messages,
                                                                    int pending_bytes) {
  const auto handle = core_->handle();
  if (!handle) return Fail(Errc::kNotConnected, "subscribe to " + subject + ": not connected");
  natsSubscription* raw = nullptr;
  JETKEEP_TRY(CheckNats(natsConnection_SubscribeSync(&raw, handle.get(), subject.c_str()),
                        "subscribe to " + subject));
  auto subscription = std::make_unique<SyncSubscription>(raw, core_);
  JETKEEP_TRY(CheckNats(natsSubscription_SetPendingLimits(raw, pending_messages, pending_bytes),
                        "subscribe to " + subject));
  return subscription;
}

std::uint64_t Connection::DenialMark() const { return core_->denials().Mark(); }

std::optional<std::string> Connection::DeniedSince(std::uint64_t mark,
                                                   std::string_view prefix) const {
  return core_->denials().Since(mark, prefix);
}

bool Connection::LastRefused(const std::string& subject) const {
  const auto handle = core_->handle();
  const char* text = nullptr;
  if (!handle || natsConnection_GetLastError(handle.get(), &text) != NATS_NOT_PERMITTED) {
    return false;
  }
  return text != nullptr &&
         std::string_view(text).find('"' + subject + '"') != std::string_view::npos;
}

bool Connection::NoErrorYet() const {
  const auto handle = core_->handle();
  const char* text = nullptr;
  return handle && natsConnection_GetLastError(handle.get(), &text) == NATS_OK;
}

Status Connection::Drain(milliseconds timeout) { return core_->Drain(timeout); }

void Connection::Close() { core_->Close(); }

}  // namespace jetkeep

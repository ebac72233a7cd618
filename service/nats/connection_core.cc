#include "service/nats/connection_core.h"

#include <algorithm>
#include <climits>

#include "protocol/base/server_url.h"
#include "service/nats/connect_failure.h"
#include "service/nats/library_options.h"
#include "service/nats/status.h"
#include "service/nats/subscription_state.h"

namespace jetkeep {
namespace {

constexpr std::chrono::seconds kCloseWait{5};
constexpr std::chrono::milliseconds kFirstReopenDelay{500};
constexpr std::chrono::milliseconds kLongestReopenDelay{2'000};
constexpr std::chrono::milliseconds kLongestRefusedDelay{
    10'000};  // servers may count failed logins
constexpr std::chrono::seconds kDiagnosisInterval{2};
constexpr std::chrono::seconds kProbeInterval{15};
constexpr std::chrono::seconds kRetirement{10};
constexpr std::uint64_t kReconnectsPerEpoch = std::uint64_t{1} << 32;

std::shared_ptr<ConnectionCore> CoreOf(void* closure) {
  return static_cast<CallbackTarget*>(closure)->core.lock();
}

std::uint64_t Reconnects(natsConnection* connection) {
  natsStatistics* statistics = nullptr;
  if (natsStatistics_Create(&statistics) != NATS_OK) return 0;
  std::uint64_t ignored = 0;
  std::uint64_t reconnects = 0;
  if (natsConnection_GetStats(connection, statistics) == NATS_OK) {
    natsStatistics_GetCounts(statistics, &ignored, &ignored, &ignored, &ignored, &reconnects);
  }
  natsStatistics_Destroy(statistics);
  return reconnects;
}

// A header with a line break in it would be two headers.
std::string OneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

natsStatus PublishWithHeaders(natsConnection* connection, const std::string& subject,
                              const std::string& reply, std::string_view body,
                              const Headers& headers) {
  natsMsg* message = nullptr;
  natsStatus status =
      natsMsg_Create(&message, subject.c_str(), reply.empty() ? nullptr : reply.c_str(),
                     body.data(), static_cast<int>(body.size()));
  for (const auto& [name, value] : headers) {
    if (status != NATS_OK) break;
    status = natsMsgHeader_Add(message, OneLine(name).c_str(), OneLine(value).c_str());
  }
  if (status == NATS_OK) status = natsConnection_PublishMsg(connection, message);
  natsMsg_Destroy(message);
  return status;
}

}  // namespace

std::string ConnectedHost(natsConnection* connection) {
  char url[1024];
  if (natsConnection_GetConnectedUrl(connection, url, sizeof url) != NATS_OK) return {};
  return std::string(SplitServerUrl(url).host);
}

ConnectionCore::ConnectionCore(CallbackTarget& target, const ConnectionOptions& options,
                               ConnectionObserver observer, ConnectionRefresh refresh)
    : target_(target),
      options_(options),
      observer_(std::move(observer)),
      refresh_(std::move(refresh)),
      kept_(options.reconnect_buffer_bytes,
            [this](const std::string& subject, std::string_view body, const Headers& headers) {
              return Publish(subject, {}, body, headers);
            }) {}

// The library connection is closed by now, and with it the reading thread has ended.
ConnectionCore::~ConnectionCore() {
  RetireLeft();
  FreeRetired(std::chrono::steady_clock::time_point::max());
}

void ConnectionCore::Retire(natsSubscription* subscription) {
  {
    const MutexLock lock(mutex_);
    // The library takes its connection's lock to unsubscribe, and holds it while it connects.
    if (handle_ && !closing_ && !closed_ && !up_.load()) {
      left_.push_back(subscription);
      return;
    }
  }
  RetireNow(subscription);
}

void ConnectionCore::RetireLeft() {
  std::vector<natsSubscription*> left;
  {
    const MutexLock lock(mutex_);
    left.swap(left_);
  }
  for (natsSubscription* subscription : left) RetireNow(subscription);
}

void ConnectionCore::RetireNow(natsSubscription* subscription) {
  natsSubscription_Unsubscribe(subscription);
  const auto now = std::chrono::steady_clock::now();
  {
    const MutexLock lock(mutex_);
    retired_.push_back({now, subscription});
  }
  FreeRetired(now - kRetirement);
}

void ConnectionCore::FreeRetired(std::chrono::steady_clock::time_point before) {
  while (true) {
    natsSubscription* subscription = nullptr;
    {
      const MutexLock lock(mutex_);
      if (retired_.empty() || retired_.front().when >= before) return;
      subscription = retired_.front().subscription;
      retired_.pop_front();
    }
    natsSubscription_Destroy(subscription);
  }
}

CallbackTarget* ConnectionCore::NewTarget() {
  static Mutex mutex;
  static auto* targets = new std::vector<std::unique_ptr<CallbackTarget>>();
  const MutexLock lock(mutex);
  return targets->emplace_back(std::make_unique<CallbackTarget>()).get();
}

natsStatus ConnectionCore::InstallCallbacks(natsOptions* options, CallbackTarget* target) {
  const auto connected = [](natsConnection* nc, void* closure) noexcept {
    if (const auto core = CoreOf(closure)) core->OnState(nc, ConnectionState::kConnected);
  };
  const auto disconnected = [](natsConnection* nc, void* closure) noexcept {
    if (const auto core = CoreOf(closure)) core->OnState(nc, ConnectionState::kReconnecting);
  };
  const auto closed = [](natsConnection* nc, void* closure) noexcept {
    if (const auto core = CoreOf(closure)) core->OnClosed(nc);
  };
  const auto failed = [](natsConnection*, natsSubscription*, natsStatus status,
                         void* closure) noexcept {
    natsStatus last = NATS_OK;
    const char* text = nats_GetLastError(&last);
    if (const auto core = CoreOf(closure)) {
      core->OnAsyncError(status, last == status ? LibraryText(text) : std::string());
    }
  };
  // The library could retry a first connection by itself, but would then hide why it fails.
  natsStatus status = natsOptions_SetReconnectedCB(options, connected, target);
  if (status == NATS_OK) status = natsOptions_SetDisconnectedCB(options, disconnected, target);
  if (status == NATS_OK) status = natsOptions_SetClosedCB(options, closed, target);
  if (status == NATS_OK) status = natsOptions_SetErrorHandler(options, failed, target);
  return status;
}

void ConnectionCore::Start() {
  if (options_.connect_later) return StartReopening();
  const natsStatus status = OpenOnce();
  if (status == NATS_OK) {
    OnState(handle().get(), ConnectionState::kConnected);
  } else {
    StartReopening();
  }
}

Result<ConnectionCore::Attempt> ConnectionCore::NewAttempt() const {
  ConnectionOptions options = options_;
  if (refresh_) {
    JETKEEP_ASSIGN(options, refresh_());
  }
  JETKEEP_ASSIGN(OptionsHandle library, MakeLibraryOptions(options));
  JETKEEP_TRY(CheckNats(InstallCallbacks(library.get(), &target_), "client callbacks"));
  return Attempt{std::move(options), std::move(library)};
}

natsStatus ConnectionCore::OpenOnce() {
  const Result<Attempt> attempt = NewAttempt();
  if (!attempt) {
    // A file may be about to be replaced.
    ReportFailure(attempt.error());
    return NATS_ERR;
  }
  natsConnection* raw = nullptr;
  const natsStatus status = natsConnection_Connect(&raw, attempt->library.get());
  authorization_failed_.store(status == NATS_CONNECTION_AUTH_FAILED ||
                              status == NATS_NOT_PERMITTED);
  if (status != NATS_OK) {
    ReportFailedAttempt(status, attempt->options);
    return status;
  }
  Handle opened(raw, natsConnection_Destroy);
  {
    const MutexLock lock(mutex_);
    std::swap(handle_, opened);
    up_.store(false);  // until its callbacks are told of it
    closed_ = natsConnection_IsClosed(raw);
    login_digest_ = attempt->options.login_digest;
    ++epoch_;
    changed_.NotifyAll();
  }
  return status;
}

// Must be called by the thread of the attempt: the library keeps its words about it for that one.
void ConnectionCore::ReportFailedAttempt(natsStatus status, const ConnectionOptions& options) {
  natsStatus last = NATS_OK;
  const std::string words = LibraryText(nats_GetLastError(&last));
  const std::string text = last == status ? words : std::string();
  {
    const MutexLock lock(mutex_);
    if (closing_) return;
  }
  ReportFailure(
      ConnectFailure(status, text, options,
                     NeedsGreetings(status) ? ReadGreetings(options) : std::vector<Greeting>()));
}

void ConnectionCore::ReportFailure(const Error& failure) {
  ConnectionEvent event;
  event.error = failure.message;
  event.hint = failure.hint;
  event.state = KnownState();
  {
    const MutexLock lock(mutex_);
    if (closing_) return;
    last_error_ = event.error;
    last_failure_ = failure;
  }
  Notify(event);
}

std::optional<Error> ConnectionCore::LastFailure() const {
  const MutexLock lock(mutex_);
  return last_failure_;
}

ConnectionCore::Handle ConnectionCore::handle() const {
  const MutexLock lock(mutex_);
  return handle_;
}

ConnectionState ConnectionCore::KnownState() const {
  const MutexLock lock(mutex_);
  if (closing_) return ConnectionState::kClosed;
  if (up_.load()) return ConnectionState::kConnected;
  return ever_connected_ ? ConnectionState::kReconnecting : ConnectionState::kConnecting;
}

ConnectionState ConnectionCore::state() const {
  Handle present;
  bool ever_connected = false;
  {
    const MutexLock lock(mutex_);
    if (closing_) return ConnectionState::kClosed;
    present = handle_;
    ever_connected = ever_connected_;
  }
  if (present && up_.load()) {
    switch (natsConnection_Status(present.get())) {
      case NATS_CONN_STATUS_CONNECTED:
      case NATS_CONN_STATUS_DRAINING_SUBS:
      case NATS_CONN_STATUS_DRAINING_PUBS:
        return ConnectionState::kConnected;
      default:
        break;
    }
  }
  return ever_connected ? ConnectionState::kReconnecting : ConnectionState::kConnecting;
}

std::uint64_t ConnectionCore::generation() const {
  Handle present;
  std::uint64_t epoch = 0;
  {
    const MutexLock lock(mutex_);
    present = handle_;
    epoch = epoch_;
  }
  return epoch * kReconnectsPerEpoch + (present ? Reconnects(present.get()) : 0);
}

void ConnectionCore::Notify(const ConnectionEvent& event) {
  if (!observer_) return;
  const MutexLock lock(observer_mutex_);
  observer_(event);
}

bool ConnectionCore::TakeState(natsConnection* connection, ConnectionState state) {
  const bool connected = state == ConnectionState::kConnected;
  {
    const MutexLock lock(mutex_);
    // Ignore connections that were opened only to find out whether the server can be reached.
    if (handle_ && handle_.get() != connection) return false;
    up_.store(connected);
    if (connected) ++times_connected_;
  }
  if (!connected) return true;
  RetireLeft();
  const std::int64_t limit = natsConnection_GetMaxPayload(connection);
  max_payload_.store(limit > 0 ? static_cast<std::uint64_t>(limit) : 0);
  return true;
}

void ConnectionCore::OnState(natsConnection* connection, ConnectionState state) {
  // First of all: what asks the library from here on may wait.
  if (!TakeState(connection, state)) return;
  ConnectionEvent event;
  event.state = state;
  event.state_changed = true;
  const char* text = nullptr;
  const std::string reason =
      natsConnection_GetLastError(connection, &text) == NATS_OK ? std::string() : LibraryText(text);
  {
    const MutexLock lock(mutex_);
    if (closing_ || (handle_ && handle_.get() != connection)) return;
    if (state == ConnectionState::kConnected) {
      ever_connected_ = true;
      last_error_.clear();
      last_failure_.reset();
      authorization_failed_.store(false);
    } else if (!ever_connected_) {
      return;
    } else {
      ++disconnects_;
      if (!reason.empty()) last_error_ = reason;
      event.error = last_error_;
    }
    changed_.NotifyAll();
  }
  if (state == ConnectionState::kConnected) {
    event.server = ConnectedHost(connection);
    kept_.Flush();
  }
  Notify(event);
  if (state == ConnectionState::kReconnecting) StartDiagnosis();
}

void ConnectionCore::OnClosed(natsConnection* connection) {
  {
    const MutexLock lock(mutex_);
    if (handle_.get() == connection) up_.store(false);
  }
  const char* text = nullptr;
  const bool has_text =
      natsConnection_GetLastError(connection, &text) != NATS_OK && text != nullptr;
  ConnectionEvent event;
  {
    const MutexLock lock(mutex_);
    if (handle_ && handle_.get() != connection) return;
    closed_ = true;
    if (has_text) last_error_ = LibraryText(text);
    changed_.NotifyAll();
    if (closing_) return;
    event.state = ConnectionState::kReconnecting;
    event.state_changed = true;
    event.error = last_error_;
  }
  Notify(event);
  StartReopening();
}

void ConnectionCore::OnAsyncError(natsStatus status, const std::string& text) {
  ConnectionEvent event;
  event.error = text.empty() ? natsStatus_GetText(status) : text;
  event.state = KnownState();
  if (status == NATS_NOT_PERMITTED) denials_.Record(event.error);
  if (status == NATS_CONNECTION_AUTH_FAILED) authorization_failed_.store(true);
  {
    const MutexLock lock(mutex_);
    last_error_ = event.error;
    if (status == NATS_CONNECTION_AUTH_FAILED) {
      last_failure_ = ConnectFailure(status, text, options_, {});
    }
    changed_.NotifyAll();
  }
  Notify(event);
}

void ConnectionCore::StartReopening() {
  const MutexLock lock(mutex_);
  if (closing_ || reopening_) return;
  if (reopener_.joinable()) reopener_.join();  // it has ended: reopening_ is false
  reopening_ = true;
  reopener_ = std::thread([self = shared_from_this()] {
    const NatsThreadScope scope;
    self->ReopenLoop();
  });
}

void ConnectionCore::ReopenLoop() {
  auto delay = kFirstReopenDelay;
  {
    const MutexLock lock(mutex_);
    if (!last_failure_ && !handle_) delay = {};  // nothing was tried yet
  }
  while (true) {
    {
      MutexLock lock(mutex_);
      changed_.WaitFor(lock, delay, [this]() JETKEEP_REQUIRES(mutex_) { return closing_; });
      if (closing_) return;
    }
    if (OpenOnce() != NATS_OK) {
      delay = std::min(std::max(delay * 2, kFirstReopenDelay),
                       AuthorizationFailed() ? kLongestRefusedDelay : kLongestReopenDelay);
      continue;
    }
    const Handle opened = handle();
    MoveSubscriptions(opened);
    OnState(opened.get(), ConnectionState::kConnected);
    const MutexLock lock(mutex_);
    reopening_ = closed_ && !closing_;  // closed anew meanwhile
    if (!reopening_) return;
    delay = kFirstReopenDelay;
  }
}

// The library does not say why its own attempts to reconnect fail. So the core makes one of its own
// now and then, to get the reason.
void ConnectionCore::StartDiagnosis() {
  const MutexLock lock(mutex_);
  if (closing_ || diagnosing_) return;
  if (diagnoser_.joinable()) diagnoser_.join();  // it has ended: diagnosing_ is false
  diagnosing_ = true;
  diagnoser_ = std::thread([self = shared_from_this()] {
    const NatsThreadScope scope;
    self->DiagnoseLoop();
  });
}

void ConnectionCore::DiagnoseLoop() {
  auto probe_at = std::chrono::steady_clock::now();
  std::uint64_t seen = 0;
  while (true) {
    {
      MutexLock lock(mutex_);
      changed_.WaitFor(lock, kDiagnosisInterval,
                       [this]() JETKEEP_REQUIRES(mutex_) { return closing_ || reopening_; });
      diagnosing_ = !closing_ && !reopening_;  // whoever reopens hears the reason, too
      if (!diagnosing_) return;
      seen = disconnects_;
    }
    if (state() == ConnectionState::kReconnecting) {
      const Result<Attempt> attempt = NewAttempt();
      if (attempt) TryNewLogin(*attempt);
      if (std::chrono::steady_clock::now() >= probe_at) {
        if (attempt) {
          Probe(*attempt);
        } else {
          ReportFailure(attempt.error());
        }
        probe_at = std::chrono::steady_clock::now() + kProbeInterval;
      }
    }
    if (state() != ConnectionState::kReconnecting) {
      const MutexLock lock(mutex_);
      diagnosing_ = disconnects_ != seen;  // lost anew meanwhile
      if (!diagnosing_) return;
      probe_at = std::chrono::steady_clock::now();
    }
  }
}

// The library goes on with what it was given when it was opened. Once it is closed, the core opens
// a new library connection with what there is now.
void ConnectionCore::TryNewLogin(const Attempt& attempt) {
  Handle present;
  {
    const MutexLock lock(mutex_);
    if (closing_ || closed_ || attempt.options.login_digest == login_digest_) return;
    present = handle_;
  }
  // It may have come back meanwhile.
  if (present && natsConnection_Status(present.get()) == NATS_CONN_STATUS_RECONNECTING) {
    natsConnection_Close(present.get());
  }
}

void ConnectionCore::Probe(const Attempt& attempt) {
  {
    const MutexLock lock(mutex_);
    if (closing_ || closed_ || reopening_) return;  // whoever reopens hears the reason
  }
  natsConnection* probe = nullptr;
  const natsStatus status = natsConnection_Connect(&probe, attempt.library.get());
  if (status != NATS_OK) ReportFailedAttempt(status, attempt.options);
  natsConnection_Destroy(probe);
}

void ConnectionCore::MoveSubscriptions(const Handle& opened) {
  std::vector<std::shared_ptr<Subscription::State>> states;
  {
    const MutexLock lock(mutex_);
    for (const auto& weak : subscriptions_) {
      if (auto state = weak.lock()) states.push_back(std::move(state));
    }
  }
  for (const auto& state : states) state->Attach(opened.get());
}

void ConnectionCore::Close() {
  Handle present;
  {
    const MutexLock lock(mutex_);
    if (closing_) return;
    closing_ = true;
    present = handle_;
    changed_.NotifyAll();
  }
  if (reopener_.joinable()) reopener_.join();
  if (diagnoser_.joinable()) diagnoser_.join();
  present = handle();
  if (!present) return;
  natsConnection_Close(present.get());
  MutexLock lock(mutex_);
  changed_.WaitFor(lock, kCloseWait, [this]() JETKEEP_REQUIRES(mutex_) { return closed_; });
  handle_.reset();
}

Status ConnectionCore::Drain(std::chrono::milliseconds timeout) {
  const Handle present = handle();
  if (!present) return {};
  {
    const MutexLock lock(mutex_);
    if (closing_) return {};
    closing_ = true;
    changed_.NotifyAll();
  }
  if (reopener_.joinable()) reopener_.join();
  if (diagnoser_.joinable()) diagnoser_.join();
  const natsStatus status = natsConnection_DrainTimeout(present.get(), timeout.count());
  if (status == NATS_OK) {
    MutexLock lock(mutex_);
    changed_.WaitFor(lock, timeout + kCloseWait,
                     [this]() JETKEEP_REQUIRES(mutex_) { return closed_; });
  }
  natsConnection_Close(present.get());
  MutexLock lock(mutex_);
  changed_.WaitFor(lock, kCloseWait, [this]() JETKEEP_REQUIRES(mutex_) { return closed_; });
  handle_.reset();
  // Without a server there is nothing to send and nobody to answer.
  if (status == NATS_CONNECTION_CLOSED || status == NATS_ILLEGAL_STATE) return {};
  return CheckNats(status, "drain the connection");
}

Status ConnectionCore::Publish(const std::string& subject, const std::string& reply,
                               std::string_view body, const Headers& headers) {
  const Handle present = handle();
  if (!present) return Fail(Errc::kNotConnected, "publish to " + subject + ": not connected");
  // The library would keep the caller waiting for as long as it tries to connect.
  if (!up_.load()) return Fail(Errc::kNotConnected, "publish to " + subject + ": not connected");
  if (body.size() > INT_MAX) return Fail(Errc::kRequestTooLarge, "publish to " + subject);
  const int size = static_cast<int>(body.size());
  natsStatus status = NATS_OK;
  if (!headers.empty()) {
    status = PublishWithHeaders(present.get(), subject, reply, body, headers);
  } else if (reply.empty()) {
    status = natsConnection_Publish(present.get(), subject.c_str(), body.data(), size);
  } else {
    status = natsConnection_PublishRequest(present.get(), subject.c_str(), reply.c_str(),
                                           body.data(), size);
  }
  if (status == NATS_OK) return {};
  return Fail(FromNats(status, "publish to " + subject));
}

Status ConnectionCore::PublishOrKeep(const std::string& subject, std::string_view body,
                                     const Headers& headers) {
  if (!handle()) return Fail(Errc::kNotConnected, "publish to " + subject + ": not connected");
  return kept_.Publish(subject, body, headers);
}

Result<std::unique_ptr<Subscription>> ConnectionCore::Subscribe(const std::string& subject,
                                                                const std::string& queue_group,
                                                                MessageHandler handler) {
  auto state = std::make_shared<Subscription::State>();
  state->subject = subject;
  state->queue_group = queue_group;
  state->handler = std::move(handler);
  state->core = shared_from_this();
  Handle present;
  {
    const MutexLock lock(mutex_);
    if (closing_) return Fail(Errc::kNotConnected, "the connection is closed");
    std::erase_if(subscriptions_, [](const auto& weak) { return weak.expired(); });
    subscriptions_.push_back(state);
    present = handle_;
  }
  // Without a library connection, the reopener attaches it.
  if (present) {
    const natsStatus status = state->Attach(present.get());
    const bool later = status == NATS_CONNECTION_CLOSED;  // and to be reopened
    if (status != NATS_OK && !later) return Fail(FromNats(status, "subscribe to " + subject));
  }
  return std::make_unique<Subscription>(std::move(state));
}

}  // namespace jetkeep

// ConnectionCore: what a Connection, its subscriptions and its messages share. Private to this
// folder.
//
// The client library closes a connection for good when a server refuses the login twice or reports
// an error that the library does not know. The core then opens a new library connection (an epoch)
// and moves the subscriptions to it.
//
// Thread-safety: all members may be called from any thread.
#pragma once

#include <nats/nats.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "jetkeep/mutex.h"
#include "service/nats/connection.h"
#include "service/nats/denials.h"
#include "service/nats/kept_messages.h"

namespace jetkeep {

// What the library's callbacks get. It is never freed, because no library call says when the last
// callback has run. It is small, and there is one for each Connection.
struct CallbackTarget {
  std::weak_ptr<ConnectionCore> core;
};

class ConnectionCore : public std::enable_shared_from_this<ConnectionCore> {
 public:
  using Handle = std::shared_ptr<natsConnection>;
  using OptionsHandle = std::unique_ptr<natsOptions, void (*)(natsOptions*)>;

  // target: for the library's callbacks.
  ConnectionCore(CallbackTarget& target, const ConnectionOptions& options,
                 ConnectionObserver observer, ConnectionRefresh refresh);
  ~ConnectionCore();

  void Start();
  void Close();
  Status Drain(std::chrono::milliseconds timeout);

  // The present library connection; empty while none can be opened.
  Handle handle() const;
  ConnectionState state() const;
  std::uint64_t generation() const;
  // As the library's callbacks have said; these never wait. The library holds a lock while it tries
  // to connect, up to its timeout for a server that accepts and says nothing, and what asks the
  // library itself waits for it.
  ConnectionState KnownState() const;
  std::uint64_t KnownGeneration() const { return times_connected_.load(); }
  std::uint64_t KnownMaxPayload() const { return max_payload_.load(); }
  // Why there is no connection; nothing while there is one, or before the first attempt.
  std::optional<Error> LastFailure() const;
  // Whether the newest attempt to connect failed because a server refused the login.
  bool AuthorizationFailed() const { return authorization_failed_.load(); }
  const std::string& inbox_prefix() const { return options_.inbox_prefix; }
  Denials& denials() { return denials_; }

  // Now, or not at all.
  Status Publish(const std::string& subject, const std::string& reply, std::string_view body,
                 const Headers& headers);
  // When there is a server again, if there is none now; kNotConnected if there never was one.
  Status PublishOrKeep(const std::string& subject, std::string_view body, const Headers& headers);
  Result<std::unique_ptr<Subscription>> Subscribe(const std::string& subject,
                                                  const std::string& queue_group,
                                                  MessageHandler handler);

  // Unsubscribes a subscription of the library, once there is a server, and frees it some seconds
  // later. The library's reading thread uses a subscription without holding a reference or a lock,
  // so freeing it while messages arrive is a use after free (seen with 3.4.1).
  void Retire(natsSubscription* subscription);

  static CallbackTarget* NewTarget();

 private:
  // What an attempt to connect is made with.
  struct Attempt {
    ConnectionOptions options;
    OptionsHandle library;
  };
  Result<Attempt> NewAttempt() const;
  // Sets the callbacks of library options to arrive here.
  static natsStatus InstallCallbacks(natsOptions* options, CallbackTarget* target);
  // False if it is about another connection than the present one.
  bool TakeState(natsConnection* connection, ConnectionState state);
  void OnState(natsConnection* connection, ConnectionState state);
  void OnClosed(natsConnection* connection);
  void OnAsyncError(natsStatus status, const std::string& text);
  void Notify(const ConnectionEvent& event);

  void RetireNow(natsSubscription* subscription);
  void RetireLeft();
  void FreeRetired(std::chrono::steady_clock::time_point before);
  natsStatus OpenOnce();
  void StartReopening();
  void ReopenLoop();
  void StartDiagnosis();
  void DiagnoseLoop();
  void ReportFailedAttempt(natsStatus status, const ConnectionOptions& options);
  void ReportFailure(const Error& failure);
  // While the library tries to reconnect: with a login that has changed since, or to find out why
  // that fails.
  void TryNewLogin(const Attempt& attempt);
  void Probe(const Attempt& attempt);
  void MoveSubscriptions(const Handle& handle);

  CallbackTarget& target_;
  const ConnectionOptions options_;
  const ConnectionObserver observer_;
  const ConnectionRefresh refresh_;
  Denials denials_;
  std::atomic<bool> authorization_failed_{false};
  // As the library last called back.
  std::atomic<bool> up_{false};
  std::atomic<std::uint64_t> times_connected_{0};
  std::atomic<std::uint64_t> max_payload_{0};
  KeptMessages kept_;

  Mutex observer_mutex_;  // held while the observer runs

  mutable Mutex mutex_;
  Condition changed_;
  Handle handle_ JETKEEP_GUARDED_BY(mutex_);
  std::uint64_t epoch_ JETKEEP_GUARDED_BY(mutex_) = 0;
  bool ever_connected_ JETKEEP_GUARDED_BY(mutex_) = false;
  bool closing_ JETKEEP_GUARDED_BY(mutex_) = false;
  bool closed_ JETKEEP_GUARDED_BY(mutex_) = false;       // the library has closed handle_
  std::string login_digest_ JETKEEP_GUARDED_BY(mutex_);  // of what handle_ logs in with
  std::string last_error_ JETKEEP_GUARDED_BY(mutex_);
  std::optional<Error> last_failure_ JETKEEP_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<Subscription::State>> subscriptions_ JETKEEP_GUARDED_BY(mutex_);
  struct Retired {
    std::chrono::steady_clock::time_point when;
    natsSubscription* subscription;
  };
  std::deque<Retired> retired_ JETKEEP_GUARDED_BY(mutex_);
  // To be retired once there is a server again.
  std::vector<natsSubscription*> left_ JETKEEP_GUARDED_BY(mutex_);
  std::thread reopener_;
  bool reopening_ JETKEEP_GUARDED_BY(mutex_) = false;
  std::thread diagnoser_;
  bool diagnosing_ JETKEEP_GUARDED_BY(mutex_) = false;
  std::uint64_t disconnects_ JETKEEP_GUARDED_BY(mutex_) = 0;
};

// host:port of the server that a library connection is connected to; empty if none.
std::string ConnectedHost(natsConnection* connection);

}  // namespace jetkeep

// Connection: one connection to NATS that stays for the life of the service.
//
// Opens even while no server is reachable, and reconnects without end, also after a server has
// refused the login. Subscriptions survive a reconnect. While there is no server, published
// messages are kept up to a limit, and requests fail at once with kNotConnected.
//
// Thread-safety: all members may be called from any thread. Threads that call them and end before
// the process does should hold a NatsThreadScope. Nothing here waits without a limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "service/nats/connection_options.h"
#include "service/nats/message.h"
#include "service/nats/subscription.h"

namespace jetkeep {

enum class ConnectionState : std::uint8_t { kConnecting, kConnected, kReconnecting, kClosed };

// Something that happened to the connection, for logs and health.
struct ConnectionEvent {
  ConnectionState state = ConnectionState::kConnecting;
  // False: `error` and `hint` are what is new. While there is no connection, they say why the
  // newest attempt to connect has failed.
  bool state_changed = false;
  std::string server;  // host:port, if connected
  std::string error;   // what is wrong; may be empty
  std::string hint;    // what to do about it; may be empty
};
// Called on a thread of the client library, one call at a time; must be quick and must not close
// the connection.
using ConnectionObserver = std::function<void(const ConnectionEvent& event)>;

// The options anew, with what the files hold now; asked before each attempt to connect, and now and
// then while there is no connection. Any thread of the connection.
using ConnectionRefresh = std::function<Result<ConnectionOptions>()>;

// The client library keeps some memory for each thread that calls it. This frees it when the thread
// ends.
struct NatsThreadScope {
  NatsThreadScope() = default;
  ~NatsThreadScope();
  NatsThreadScope(const NatsThreadScope&) = delete;
  NatsThreadScope& operator=(const NatsThreadScope&) = delete;
};

// The same for the threads of a pool (service/work/thread_pool.h).
std::function<std::shared_ptr<void>()> NatsThreadHook();

// The answers to one request, in the order in which they come: more than one program may answer.
// The connection must outlive it. Thread-safety: one thread.
class PendingAnswers {
 public:
  // The next answer. kNoResponders, kTimeout (`deadline` has passed, or none came by then; the
  // first call looks in any case; asking again is fine), kPermissionDenied (naming the subject),
  // kNotConnected, kCancelled.
  Result<Message> Next(std::chrono::steady_clock::time_point deadline,
                       const CancelToken& cancel = {});

 private:
  friend class Connection;
  PendingAnswers(ConnectionCore& core, std::string subject, std::string inbox);

  ConnectionCore& core_;
  std::string subject_;
  std::string inbox_;
  std::uint64_t generation_;
  std::uint64_t denial_mark_;
  bool looked_ = false;
  std::unique_ptr<SyncSubscription> answers_;
};

class Connection {
 public:
  // Fails only for reasons that waiting cannot remove: options that contradict each other, and
  // unreadable files.
  // With `refresh`, logins and certificates that change are taken up at the next attempt to
  // connect.
  static Result<std::unique_ptr<Connection>> Open(const ConnectionOptions& options,
                                                  ConnectionObserver observer = {},
                                                  ConnectionRefresh refresh = {});
  ~Connection();  // as Close
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  ConnectionState state() const;
  bool connected() const { return state() == ConnectionState::kConnected; }
  // Rises with every new connection to a server. If it is the same before and after, no message was
  // lost in between.
  std::uint64_t generation() const;
  // The same for an event loop, which must not wait: as the library has last reported. The others
  // above ask the library, which keeps them waiting while it tries to connect (seconds, where a
  // server accepts and says nothing). KnownGeneration compares with itself only.
  ConnectionState KnownState() const;
  bool KnownConnected() const { return KnownState() == ConnectionState::kConnected; }
  std::uint64_t KnownGeneration() const;
  std::uint64_t KnownMaxPayload() const;  // 0: never connected
  // Why there is no connection, with a hint; nothing while there is one.
  std::optional<Error> LastFailure() const;
  // kNotConnected if there is no server by then; kPermissionDenied at once if the login is refused.
  Status WaitConnected(std::chrono::milliseconds timeout, const CancelToken& cancel = {}) const;

  std::string ServerUrl() const;  // without user and password; empty if not connected
  std::string ServerId() const;   // empty if not connected
  std::uint64_t MaxPayload() const;

  // A subject that nobody else uses, under the inbox prefix.
  std::string NewInbox() const;

  // Kept until there is a server again, if there is none now.
  Status Publish(const std::string& subject, std::string_view body, const Headers& headers = {});
  // Never kept: kNotConnected.
  Status PublishRequest(const std::string& subject, const std::string& reply, std::string_view body,
                        const Headers& headers = {});
  // kNoResponders, kTimeout, kPermissionDenied (naming the subject), kNotConnected, kCancelled.
  Result<Message> Request(const std::string& subject, std::string_view body,
                          std::chrono::milliseconds timeout, const Headers& headers = {},
                          const CancelToken& cancel = {});
  // As Request, for callers that may have to skip an answer and wait for the next.
  Result<PendingAnswers> Ask(const std::string& subject, std::string_view body,
                             const Headers& headers = {});
  // When it returns without an error, the server has received everything published before.
  Status Flush(std::chrono::milliseconds timeout);

  // An empty queue group: every message; else each message goes to one member of the group.
  Result<std::unique_ptr<Subscription>> Subscribe(const std::string& subject,
                                                  const std::string& queue_group,
                                                  MessageHandler handler);
  Result<std::unique_ptr<SyncSubscription>> SubscribeSync(const std::string& subject,
                                                          int pending_messages, int pending_bytes);

  // The number of permission violations so far. Give it to DeniedSince.
  std::uint64_t DenialMark() const;
  // The first subject that the server has refused since `mark` and that starts with `prefix`. The
  // library truncates long subjects; a truncated one matches if the prefix starts with it.
  std::optional<std::string> DeniedSince(std::uint64_t mark, std::string_view prefix) const;

  // Whether the newest error of the connection is the server's refusal of this subject. Known as
  // soon as a Flush has returned that was called after the subscription; denials come on another
  // thread.
  bool LastRefused(const std::string& subject) const;

  // The library has noted no error since it connected: where a Flush has returned, nothing that was
  // sent before it was denied. Errors are noted in the order of what the server sends; an older one
  // is not forgotten, so false says nothing.
  bool NoErrorYet() const;

  // Lets handlers finish what has arrived and sends what was published, then closes.
  Status Drain(std::chrono::milliseconds timeout);
  void Close();

 private:
  explicit Connection(std::shared_ptr<ConnectionCore> core);
  std::shared_ptr<ConnectionCore> core_;
};

}  // namespace jetkeep

// KeptMessages: what is to be published while there is no server, until there is one again: events
// and answers, which stay true. Requests are never kept. What they rest on may have changed by
// then: a deletion that was asked for minutes ago would meet a stream of somebody else.
//
// Thread-safety: all members may be called from any thread.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "jetkeep/mutex.h"
#include "service/nats/message.h"

namespace jetkeep {

class KeptMessages {
 public:
  // kNotConnected: later.
  using Send =
      std::function<Status(const std::string& subject, std::string_view body, const Headers&)>;

  KeptMessages(std::size_t limit_bytes, Send send)
      : limit_bytes_(limit_bytes), send_(std::move(send)) {}

  // Sends the message behind those that are kept, or keeps it. kNotConnected: no room.
  Status Publish(const std::string& subject, std::string_view body, const Headers& headers) {
    const MutexLock lock(mutex_);
    SendKept();
    Error refusal;
    if (kept_.empty()) {
      Status sent = send_(subject, body, headers);
      if (sent || sent.error().code != Errc::kNotConnected) return sent;
      refusal = std::move(sent).error();
    }
    std::size_t bytes = subject.size() + body.size() + kBookkeepingBytes;
    for (const auto& [name, value] : headers) bytes += name.size() + value.size();
    if (bytes > limit_bytes_ - bytes_) {
      refusal.code = Errc::kNotConnected;
      refusal.message = "publish to " + subject + ": too much waits for a server already";
      return Fail(std::move(refusal));
    }
    bytes_ += bytes;
    kept_.push_back({subject, std::string(body), headers, bytes});
    return {};
  }
  // There is a server.
  void Flush() {
    const MutexLock lock(mutex_);
    SendKept();
  }

 private:
  static constexpr std::size_t kBookkeepingBytes = 256;
  struct Kept {
    std::string subject;
    std::string body;
    Headers headers;
    std::size_t bytes;
  };

  void SendKept() JETKEEP_REQUIRES(mutex_) {
    while (!kept_.empty()) {
      const Kept& next = kept_.front();
      const Status sent = send_(next.subject, next.body, next.headers);
      if (!sent && sent.error().code == Errc::kNotConnected) return;
      bytes_ -= next.bytes;
      kept_.pop_front();
    }
  }

  const std::size_t limit_bytes_;
  const Send send_;
  Mutex mutex_;
  std::deque<Kept> kept_ JETKEEP_GUARDED_BY(mutex_);
  std::size_t bytes_ JETKEEP_GUARDED_BY(mutex_) = 0;
};

}  // namespace jetkeep

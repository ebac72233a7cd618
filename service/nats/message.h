// Message: one received NATS message, owned.
// Thread-safety: one thread at a time; may be moved to another thread. It may outlive its
// Connection.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jetkeep/chunk.h"
#include "jetkeep/error.h"

struct __natsMsg;  // NOLINT(bugprone-reserved-identifier): nats.c's own name

namespace jetkeep {

class ConnectionCore;

// In the order in which they shall be sent. Control characters in names and values become spaces.
using Headers = std::vector<std::pair<std::string, std::string>>;

// Where the answer to a message goes: little, and independent of the message.
// Thread-safety: as Message.
class ReplyTarget {
 public:
  ReplyTarget() = default;  // nobody waits for an answer
  ReplyTarget(std::string subject, std::shared_ptr<ConnectionCore> core)
      : subject_(std::move(subject)), core_(std::move(core)) {}

  bool empty() const { return subject_.empty(); }
  std::size_t size() const { return subject_.size(); }
  // As Message::Respond.
  Status Respond(std::string_view body, const Headers& headers = {}) const;

 private:
  std::string subject_;
  std::shared_ptr<ConnectionCore> core_;
};

class Message {
 public:
  Message() = default;  // empty: all views are empty
  // Takes over `message`.
  Message(__natsMsg* message, std::shared_ptr<ConnectionCore> core);

  explicit operator bool() const { return message_ != nullptr; }
  // The views live as long as this object does.
  std::string_view subject() const;
  std::string_view reply() const;  // empty: nobody waits for an answer
  std::string_view data() const;
  // The first value of the header; names are case sensitive. A status line reads as "Status" and
  // "Description".
  std::optional<std::string_view> header(const std::string& key) const;

  // Publishes to reply(). Without a reply subject nothing is sent, and that is no error.
  Status Respond(std::string_view body, const Headers& headers = {}) const;

  ReplyTarget reply_target() const { return {std::string(reply()), core_}; }

  // The data, kept alive by the message; nothing is copied.
  Chunk IntoChunk() &&;

 private:
  struct Deleter {
    void operator()(__natsMsg* message) const;
  };
  std::unique_ptr<__natsMsg, Deleter> message_;
  std::shared_ptr<ConnectionCore> core_;
};

}  // namespace jetkeep

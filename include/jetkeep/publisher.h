// MessagePublisher: publishes messages and takes the acknowledgements of the streams that stored
// them. The one implementation is service/nats.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

using MessageHeaders = std::vector<std::pair<std::string, std::string>>;

struct PublishAck {
  std::string stream;
  std::uint64_t sequence = 0;
  bool duplicate = false;  // the stream had it already, by its Nats-Msg-Id
};

// Takes the acknowledgement of the message that was sent under this number.
using AckTaker = std::function<void(std::uint64_t number, const PublishAck& ack)>;

// Thread-safety: one thread. Messages are stored in the order in which they are sent, unless one of
// them fails. After an error nothing more may be sent; which of the unanswered messages were stored
// nobody knows then.
class MessagePublisher {
 public:
  virtual ~MessagePublisher() = default;
  // Waits while many messages are unanswered.
  virtual Status WaitForRoom() = 0;
  // Does not wait. Numbers rise.
  virtual Status Send(std::uint64_t number, const std::string& subject,
                      const MessageHeaders& headers, std::string_view payload) = 0;
  // Takes what answers come until then.
  virtual Status TakeUntil(std::chrono::steady_clock::time_point time) = 0;
  // Waits for the answers to all that was sent.
  virtual Status Finish() = 0;
};

}  // namespace jetkeep

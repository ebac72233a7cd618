// MessagePublisherClient: MessagePublisher over a Connection. Private to this folder.
//
// One subscription takes all answers; the last token of an answer's subject is the number under
// which the message was sent.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/cancel.h"
#include "jetkeep/publisher.h"
#include "service/nats/connection.h"

namespace jetkeep {

class MessagePublisherClient : public MessagePublisher {
 public:
  static Result<std::unique_ptr<MessagePublisher>> Open(Connection& connection,
                                                        std::chrono::milliseconds timeout,
                                                        AckTaker taker, CancelToken cancel);

  Status WaitForRoom() override;
  Status Send(std::uint64_t number, const std::string& subject, const MessageHeaders& headers,
              std::string_view payload) override;
  Status TakeUntil(std::chrono::steady_clock::time_point time) override;
  Status Finish() override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Unanswered {
    std::string subject;
    std::size_t bytes = 0;
    Clock::time_point sent;
  };

  MessagePublisherClient(Connection& connection, AckTaker taker, CancelToken cancel)
      : connection_(connection), taker_(std::move(taker)), cancel_(std::move(cancel)) {}

  bool Full() const;
  // One answer, or none within the time.
  Status Take(std::chrono::milliseconds time);
  Status Answer(const Message& message);
  Status CheckSilence() const;

  Connection& connection_;
  const AckTaker taker_;
  const CancelToken cancel_;
  std::chrono::milliseconds timeout_{};
  std::uint64_t generation_ = 0;
  std::uint64_t denial_mark_ = 0;
  std::string inbox_;
  std::unique_ptr<SyncSubscription> answers_;
  std::map<std::uint64_t, Unanswered> open_;  // unanswered
  std::size_t open_bytes_ = 0;
};

}  // namespace jetkeep

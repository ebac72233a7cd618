#include "service/nats/message_publisher.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "protocol/js_api/responses.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSlice{100};
// Unanswered messages: enough for a link with a long way.
constexpr std::size_t kMostUnanswered = 256;
constexpr std::size_t kMostUnansweredBytes = std::size_t{4} * 1024 * 1024;

std::optional<std::uint64_t> NumberOf(std::string_view subject) {
  const std::string_view token = subject.substr(subject.rfind('.') + 1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc() || end != token.data() + token.size()) return {};
  return value;
}

std::string Named(std::uint64_t number, const std::string& subject) {
  return "message " + std::to_string(number) + " on subject " + subject;
}

tl::unexpected<Error> NobodyTakes(const std::string& message) {
  return Fail(Errc::kNoResponders, "no stream takes " + message,
              "Make a stream that has this subject, or map the subjects onto those of one.");
}

}  // namespace

Result<std::unique_ptr<MessagePublisher>> MessagePublisherClient::Open(Connection& connection,
                                                                       milliseconds timeout,
                                                                       AckTaker taker,
                                                                       CancelToken cancel) {
  std::unique_ptr<MessagePublisherClient> publisher(
      new MessagePublisherClient(connection, std::move(taker), std::move(cancel)));
  publisher->timeout_ = timeout;
  publisher->generation_ = connection.generation();
  publisher->denial_mark_ = connection.DenialMark();
  publisher->inbox_ = connection.NewInbox();
  JETKEEP_ASSIGN(publisher->answers_, connection.SubscribeSync(publisher->inbox_ + ".*", -1, -1));
  return publisher;
}

bool MessagePublisherClient::Full() const {
  return open_.size() >= kMostUnanswered || open_bytes_ >= kMostUnansweredBytes;
}

Status MessagePublisherClient::WaitForRoom() {
  while (Full()) JETKEEP_TRY(Take(kSlice));
  return cancel_.Check();
}

Status MessagePublisherClient::Send(std::uint64_t number, const std::string& subject,
                                    const MessageHeaders& headers, std::string_view payload) {
  Status sent =
      connection_.PublishRequest(subject, inbox_ + "." + std::to_string(number), payload, headers);
  if (!sent) {
    return Fail(std::move(sent).error().Within("message " + std::to_string(number)));
  }
  open_[number] = {subject, payload.size(), Clock::now()};
  open_bytes_ += payload.size();
  return {};
}

Status MessagePublisherClient::TakeUntil(Clock::time_point time) {
  while (Clock::now() < time) {
    const auto left = std::chrono::ceil<milliseconds>(time - Clock::now());
    JETKEEP_TRY(Take(std::clamp(left, milliseconds(1), kSlice)));
  }
  return {};
}

Status MessagePublisherClient::Finish() {
  while (!open_.empty()) JETKEEP_TRY(Take(kSlice));
  return {};
}

Status MessagePublisherClient::Take(milliseconds time) {
  const auto message = answers_->Next(time);
  if (message) return Answer(*message);
  if (message.error().code == Errc::kTimeout) return CheckSilence();
  if (message.error().code != Errc::kNoResponders || open_.empty()) return Fail(message.error());
  // The library does not say to which.
  const auto& [first, open] = *open_.begin();
  const std::uint64_t last = open_.rbegin()->first;
  return NobodyTakes(first == last
                         ? Named(first, open.subject)
                         : "one of the messages from " + std::to_string(first) + ", on subject " +
                               open.subject + ", to " + std::to_string(last));
}

Status MessagePublisherClient::Answer(const Message& message) {
  const auto number = NumberOf(message.subject());
  const auto found = number ? open_.find(*number) : open_.end();
  if (found == open_.end()) return {};
  const std::string what = Named(*number, found->second.subject);
  if (message.data().empty() && message.header("Status") == "503") return NobodyTakes(what);
  Result<PublishAck> ack = ParsePublishAck(message.data());
  if (!ack) return Fail(std::move(ack).error().Within(what));
  open_bytes_ -= found->second.bytes;
  open_.erase(found);
  taker_(*number, *ack);
  return {};
}

Status MessagePublisherClient::CheckSilence() const {
  JETKEEP_TRY(cancel_.Check());
  if (!connection_.connected() || connection_.generation() != generation_) {
    return Fail(Errc::kTransferInterrupted,
                "the connection was lost while messages were published");
  }
  for (const auto& [number, open] : open_) {
    if (const auto denied = connection_.DeniedSince(denial_mark_, open.subject)) {
      return Fail(Errc::kPermissionDenied, "permission denied to publish on " + *denied,
                  "Grant this user permission to publish on that subject.");
    }
  }
  if (const auto denied = connection_.DeniedSince(denial_mark_, inbox_)) {
    return Fail(Errc::kPermissionDenied, "permission denied to subscribe to " + *denied,
                "Grant this user permission to subscribe to its inboxes.");
  }
  if (open_.empty() || Clock::now() - open_.begin()->second.sent < timeout_) return {};
  return Fail(Errc::kTimeout,
              "no acknowledgement of message " + std::to_string(open_.begin()->first) +
                  " on subject " + open_.begin()->second.subject + " within " +
                  std::to_string(timeout_.count()) + " ms",
              "A stream with no_ack acknowledges nothing.");
}

}  // namespace jetkeep

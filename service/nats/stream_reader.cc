#include "service/nats/stream_reader.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <utility>

#include "protocol/js_api/requests.h"
#include "protocol/js_api/responses.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kSlice{100};
constexpr milliseconds kAskAgainAfter{1500};

// Enough for a link with a long way and a stream that is written to fast. A server answers them one
// by one.
constexpr std::size_t kMostAtOnce = 1024;
// While reading on; begun with few, because messages may be larger than any before.
constexpr std::size_t kMostOnTheirWay = 256;
constexpr std::size_t kFirstOnTheirWay = 16;
// What answers on their way may take in memory, if no message is larger than those seen.
constexpr std::uint64_t kBytesOnTheirWay = 2 * 1024 * 1024;
// An answer is JSON with the message in base64, and some more.
constexpr std::uint64_t AnswerBytes(std::uint64_t message) { return message / 3 * 4 + 512; }

constexpr std::uint64_t kState = 0;

std::optional<std::uint64_t> Number(std::string_view token) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (error != std::errc() || end != token.data() + token.size()) return {};
  return value;
}

}  // namespace

Result<std::unique_ptr<StreamReader>> StreamReaderClient::Open(
    Connection& connection, const ApiSubjects& subjects, const std::string& stream,
    std::uint64_t largest_message, milliseconds timeout, CancelToken cancel) {
  std::unique_ptr<StreamReaderClient> reader(
      new StreamReaderClient(connection, subjects, stream, std::move(cancel)));
  reader->info_subject_ = subjects.StreamInfo(stream);
  reader->get_subject_ = subjects.GetMessage(stream);
  reader->timeout_ = timeout;
  reader->largest_ = AnswerBytes(largest_message);
  reader->generation_ = connection.generation();
  reader->denial_mark_ = connection.DenialMark();
  reader->inbox_ = connection.NewInbox();
  JETKEEP_ASSIGN(reader->answers_, connection.SubscribeSync(reader->inbox_ + ".*.*", -1, -1));
  return reader;
}

void StreamReaderClient::BeginCall() {
  ++call_;
  open_.clear();
}

std::size_t StreamReaderClient::Window(std::size_t most) const {
  return std::clamp<std::size_t>(kBytesOnTheirWay / std::max<std::uint64_t>(largest_, 1), 1, most);
}

Status StreamReaderClient::Ask(std::uint64_t what, std::string request) {
  const std::string reply = inbox_ + "." + std::to_string(call_) + "." + std::to_string(what);
  JETKEEP_TRY(
      connection_.PublishRequest(what == kState ? info_subject_ : get_subject_, reply, request));
  open_.emplace(what, std::move(request));
  return {};
}

Status StreamReaderClient::AskAgain() {
  for (const auto& [what, request] : open_) {
    const std::string reply = inbox_ + "." + std::to_string(call_) + "." + std::to_string(what);
    JETKEEP_TRY(
        connection_.PublishRequest(what == kState ? info_subject_ : get_subject_, reply, request));
  }
  return {};
}

std::optional<std::uint64_t> StreamReaderClient::WhatOf(std::string_view subject) const {
  const std::size_t last = subject.rfind('.');
  if (last == std::string_view::npos || last == 0) return {};
  const std::size_t before = subject.rfind('.', last - 1);
  if (before == std::string_view::npos) return {};
  const auto call = Number(subject.substr(before + 1, last - before - 1));
  const auto what = Number(subject.substr(last + 1));
  if (call != call_ || !what || !open_.contains(*what)) return {};
  return what;
}

Status StreamReaderClient::CheckSilence(steady_clock::time_point since) const {
  JETKEEP_TRY(cancel_.Check());
  for (const std::string& subject : {info_subject_, get_subject_}) {
    if (const auto denied = connection_.DeniedSince(denial_mark_, subject)) {
      return Fail(Errc::kPermissionDenied, "permission denied to publish on " + *denied,
                  "Grant this user permission to publish on that subject: a stream that is written "
                  "to during the copy is read to its end with it.");
    }
  }
  if (const auto denied = connection_.DeniedSince(denial_mark_, inbox_)) {
    return Fail(Errc::kPermissionDenied, "permission denied to subscribe to " + *denied,
                "Grant this user permission to subscribe to its inboxes.");
  }
  if (!connection_.connected() || connection_.generation() != generation_) {
    return Fail(Errc::kTransferInterrupted,
                "the connection was lost while stream " + stream_ + " was read");
  }
  if (steady_clock::now() - since < timeout_) return {};
  return Fail(Errc::kTimeout, "no answer to " + std::to_string(open_.size()) +
                                  " requests about stream " + stream_ + " within " +
                                  std::to_string(timeout_.count()) + " ms");
}

Result<StreamReaderClient::Answer> StreamReaderClient::Next() {
  const auto began = steady_clock::now();
  auto asked = began;
  while (true) {
    auto message = answers_->Next(kSlice);
    if (message) {
      const auto what = WhatOf(message->subject());
      if (!what) continue;
      if (message->data().empty() && message->header("Status") == "503") {
        return Fail(Errc::kNoResponders,
                    "no responders on " + (*what == kState ? info_subject_ : get_subject_),
                    "Check that JetStream is enabled for this account, and the API prefix or "
                    "domain.");
      }
      open_.erase(*what);
      return Answer{*what, std::move(*message)};
    }
    if (message.error().code != Errc::kTimeout) {
      return Fail(std::move(message.error()).Within("stream " + stream_));
    }
    JETKEEP_TRY(CheckSilence(began));
    if (steady_clock::now() - asked >= kAskAgainAfter) {
      JETKEEP_TRY(AskAgain());
      asked = steady_clock::now();
    }
  }
}

Status StreamReaderClient::Hand(std::uint64_t sequence, const Message& answer,
                                const MessageTaker& take) {
  auto message = ParseStoredMessage(answer.data());
  if (!message) {
    return Fail(std::move(message.error())
                    .Within("message " + std::to_string(sequence) + " of stream " + stream_));
  }
  if (!*message) return take(sequence, nullptr);
  largest_ = std::max<std::uint64_t>(largest_, answer.data().size());
  if ((*message)->sequence != sequence) {
    return Fail(Errc::kServerError, "asked for message " + std::to_string(sequence) +
                                        " of stream " + stream_ + ", the server sent message " +
                                        std::to_string((*message)->sequence));
  }
  return take(sequence, &**message);
}

Result<StreamInfo> StreamReaderClient::State(const DeletedTaker& deleted, std::uint64_t ahead,
                                             std::uint64_t count, const MessageTaker& take) {
  BeginCall();
  JETKEEP_TRY(Ask(kState, StreamInfoRequest(static_cast<bool>(deleted))));
  const std::uint64_t asked = std::min<std::uint64_t>(count, Window(kMostAtOnce));
  for (std::uint64_t i = 0; i < asked; ++i) JETKEEP_TRY(Ask(ahead + i, MessageRequest(ahead + i)));
  std::optional<StreamInfo> info;
  while (!open_.empty()) {
    JETKEEP_ASSIGN(const Answer answer, Next());
    if (answer.what != kState) {
      JETKEEP_TRY(Hand(answer.what, answer.message, take));
      continue;
    }
    auto parsed = ParseStreamInfo(answer.message.data(), deleted);
    if (!parsed) return Fail(std::move(parsed.error()).Within("stream " + stream_));
    info = std::move(*parsed);
  }
  return std::move(*info);
}

Status StreamReaderClient::Read(const std::function<std::uint64_t()>& next,
                                const MessageTaker& take) {
  BeginCall();
  std::deque<std::uint64_t> order;         // asked for and not handed on
  std::map<std::uint64_t, Message> early;  // answered before their turn
  bool ended = false;
  std::size_t most = kFirstOnTheirWay;
  while (true) {
    while (!ended && order.size() < Window(most)) {
      const std::uint64_t sequence = next();
      ended = sequence == 0;
      if (ended) break;
      JETKEEP_TRY(Ask(sequence, MessageRequest(sequence)));
      order.push_back(sequence);
    }
    if (order.empty()) return {};
    JETKEEP_ASSIGN(Answer answer, Next());
    most = std::min(most + 1, kMostOnTheirWay);
    early.emplace(answer.what, std::move(answer.message));
    while (!order.empty()) {
      const auto found = early.find(order.front());
      if (found == early.end()) break;
      const std::uint64_t sequence = order.front();
      const Message message = std::move(found->second);
      early.erase(found);
      order.pop_front();
      JETKEEP_TRY(Hand(sequence, message, take));
    }
  }
}

Result<std::optional<StoredMessage>> StreamReaderClient::FirstFrom(std::uint64_t sequence) {
  BeginCall();
  JETKEEP_TRY(Ask(sequence, NextMessageRequest(sequence)));
  JETKEEP_ASSIGN(const Answer answer, Next());
  auto message = ParseStoredMessage(answer.message.data());
  if (!message) return Fail(std::move(message.error()).Within("stream " + stream_));
  return message;
}

}  // namespace jetkeep

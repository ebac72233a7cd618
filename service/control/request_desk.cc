#include "service/control/request_desk.h"

#include <utility>

#include "protocol/control/answers.h"
#include "protocol/control/body.h"
#include "protocol/control/requests.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

// About what a request takes besides its body: the request, the closures around it, and the job or
// the map's node that it waits in.
constexpr std::size_t kBookkeepingBytes = 1024;

std::size_t BytesWithoutBody(const PendingRequest& request) {
  return kBookkeepingBytes + request.reply.size();
}

}  // namespace

RequestDesk::RequestDesk(Headers identity, DeskLimits limits)
    : identity_(std::move(identity)),
      requests_(limits.request_bytes),
      waiters_(limits.waiter_bytes) {}

Request RequestDesk::Admit(EndpointId endpoint, Message& message) {
  ByteBudget::Share share =
      requests_.Take(kBookkeepingBytes + message.reply().size() + message.data().size());
  if (!share) return nullptr;
  auto request = std::make_shared<PendingRequest>();
  request->endpoint = endpoint;
  request->encoding = DetectEncoding(message.data());
  request->subject = message.subject();
  request->reply = message.reply_target();
  request->arrived = std::chrono::steady_clock::now();
  request->share = std::move(share);
  request->message = std::move(message);
  return request;
}

void RequestDesk::RefuseUnadmitted(const Message& message) const {
  RefuseMessage(message,
                {Errc::kTooManyJobs, "too many requests are waiting", "Ask again in a moment.", 0});
}

void RequestDesk::RefuseUnknown(const Message& message) const {
  RefuseMessage(message,
                {Errc::kInvalidRequest, "jetkeep has no request " + std::string(message.subject()),
                 "protocol/SUBJECTS.md lists all requests.", 0});
}

void RequestDesk::RefuseMessage(const Message& message, const Error& error) const {
  const std::string body = EncodeBody(ErrorAnswer(error), DetectEncoding(message.data()));
  if (!message.Respond(body, WithIdentity(ErrorHeaders(error)))) {
    log::Warn("a request was dropped", {{"subject", message.subject()}});
  }
}

Result<Document> RequestDesk::ReadBody(const Request& request) {
  BodyLimits limits;
  if (request->endpoint == EndpointId::kDrift) limits.bytes = kMaxDriftRequestBytes;
  Result<Document> body = DecodeBody(request->message.data(), limits);
  request->message = {};
  request->share.ReduceTo(BytesWithoutBody(*request));
  return body;
}

Status RequestDesk::AdmitToWait(const Request& request) {
  ByteBudget::Share share = waiters_.Take(BytesWithoutBody(*request));
  if (!share) {
    return Fail(Errc::kTooManyJobs, "too many requests are waiting for the end of a job",
                "Ask without \"wait\" and subscribe to the job's events, or ask again later.");
  }
  request->share = std::move(share);
  return {};
}

EndpointStatistics& RequestDesk::Count(const Request& request) {
  EndpointStatistics& counts = statistics_[static_cast<std::size_t>(request->endpoint)];
  ++counts.requests;
  counts.processing_ns += std::chrono::duration_cast<std::chrono::nanoseconds>(
                              std::chrono::steady_clock::now() - request->arrived)
                              .count();
  return counts;
}

Headers RequestDesk::WithIdentity(Headers headers, const ServedAccount* account) const {
  for (const auto& [name, value] : identity_) {
    std::string_view about = value;
    if (account != nullptr && name == kAccountHeader) about = account->name;
    if (account != nullptr && name == kRepositoryHeader && !account->repository.empty()) {
      about = account->repository;
    }
    headers.emplace_back(name, about);
  }
  return headers;
}

void RequestDesk::Send(const Request& request, const std::string& body,
                       const Headers& headers) const {
  const Status sent = request->reply.Respond(body, WithIdentity(headers, request->account));
  if (sent) return;
  log::Warn("an answer could not be sent",
            {{"subject", request->subject}, {"error", sent.error().message}});
  // Without any answer the client would wait until its own timeout.
  if (sent.error().code != Errc::kRequestTooLarge) return;
  const Error error{
      Errc::kInternal,
      "the answer has " + std::to_string(body.size()) + " bytes, more than the server takes",
      "Raise max_payload of the server.", 0};
  const std::string text = EncodeBody(ErrorAnswer(error), request->encoding);
  static_cast<void>(
      request->reply.Respond(text, WithIdentity(ErrorHeaders(error), request->account)));
}

void RequestDesk::SendError(const Request& request, const Error& error) const {
  Send(request, EncodeBody(ErrorAnswer(error), request->encoding), ErrorHeaders(error));
}

void RequestDesk::Answer(const Request& request, const Document& body) {
  AnswerEncoded(request, EncodeBody(body, request->encoding));
}

void RequestDesk::AnswerEncoded(const Request& request, const std::string& body) {
  Count(request);
  Send(request, body, AnswerHeaders(request->endpoint));
}

void RequestDesk::Refuse(const Request& request, const Error& error) {
  EndpointStatistics& counts = Count(request);
  ++counts.errors;
  counts.last_error = std::to_string(TraitsOf(error.code).http_code) + ":" + error.message;
  log::Warn("a request was refused", {{"subject", request->subject},
                                      {"err_code", TraitsOf(error.code).err_code},
                                      {"error", error.message}});
  SendError(request, error);
}

void RequestDesk::Disclaim(const Request& request, const Error& error) {
  Count(request);
  SendError(request, error);
}

}  // namespace jetkeep

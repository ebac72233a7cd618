#include "service/control/request_desk.h"

#include <utility>

#include "protocol/control/answers.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxBytesWaiting = std::size_t{8} * 1024 * 1024;
constexpr std::size_t kBytesOfBookkeeping = 512;  // about what a request takes besides its body

}  // namespace

RequestDesk::RequestDesk() : bytes_waiting_(std::make_shared<std::atomic<std::size_t>>(0)) {}

Request RequestDesk::Admit(EndpointId endpoint, bool from_queue_group, Message& message) {
  const std::size_t bytes = message.data().size() + kBytesOfBookkeeping;
  if (bytes_waiting_->fetch_add(bytes) + bytes > kMaxBytesWaiting) {
    bytes_waiting_->fetch_sub(bytes);
    return nullptr;
  }
  auto request = std::make_shared<PendingRequest>();
  request->endpoint = endpoint;
  request->encoding = DetectEncoding(message.data());
  request->from_queue_group = from_queue_group;
  request->arrived = std::chrono::steady_clock::now();
  request->admission = std::shared_ptr<void>(
      nullptr, [waiting = bytes_waiting_, bytes](void*) { waiting->fetch_sub(bytes); });
  request->message = std::move(message);
  return request;
}

EndpointStatistics& RequestDesk::Count(const Request& request) {
  EndpointStatistics& counts = statistics_[static_cast<std::size_t>(request->endpoint)];
  ++counts.requests;
  counts.processing_ns += std::chrono::duration_cast<std::chrono::nanoseconds>(
                              std::chrono::steady_clock::now() - request->arrived)
                              .count();
  return counts;
}

void RequestDesk::Answer(const Request& request, const Document& body) {
  AnswerEncoded(request, EncodeBody(body, request->encoding));
}

void RequestDesk::AnswerEncoded(const Request& request, const std::string& body) {
  Count(request);
  const Status sent = request->message.Respond(body);
  if (!sent) {
    log::Warn("an answer could not be sent",
              {{"subject", request->message.subject()}, {"error", sent.error().message}});
  }
}

void RequestDesk::Refuse(const Request& request, const Error& error) {
  EndpointStatistics& counts = Count(request);
  ++counts.errors;
  counts.last_error = std::to_string(TraitsOf(error.code).http_code) + ":" + error.message;
  log::Warn("a request was refused", {{"subject", request->message.subject()},
                                      {"err_code", TraitsOf(error.code).err_code},
                                      {"error", error.message}});
  const Status sent = request->message.Respond(EncodeBody(ErrorAnswer(error), request->encoding),
                                               ErrorHeaders(error));
  if (!sent) {
    log::Warn("an answer could not be sent",
              {{"subject", request->message.subject()}, {"error", sent.error().message}});
  }
}

}  // namespace jetkeep

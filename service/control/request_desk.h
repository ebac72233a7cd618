// RequestDesk: where requests wait for their answers, and where they are counted.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "jetkeep/error.h"
#include "protocol/control/body.h"
#include "protocol/control/service_api.h"
#include "protocol/control/subjects.h"
#include "service/control/byte_budget.h"
#include "service/jobs/served_accounts.h"
#include "service/nats/message.h"

namespace jetkeep {

// One request on its way to its answer.
struct PendingRequest {
  Message message;  // empty once its body has been read
  std::string subject;
  ReplyTarget reply;
  EndpointId endpoint = EndpointId::kBackup;
  Encoding encoding = Encoding::kJson;
  bool addressed = false;                  // to this instance alone
  const ServedAccount* account = nullptr;  // that it is about; set before an endpoint gets it
  bool names_account = false;              // and not only means the first
  std::chrono::steady_clock::time_point arrived;
  ByteBudget::Share share;

  bool WantsAnswer() const { return !reply.empty(); }
};
using Request = std::shared_ptr<PendingRequest>;

// What requests may keep in memory: those on their way to an answer, bodies included, and those
// that wait for the end of a job. Two bounds, because the second wait may be long and must not keep
// the first kind out.
struct DeskLimits {
  std::size_t request_bytes = std::size_t{8} * 1024 * 1024;
  std::size_t waiter_bytes = std::size_t{4} * 1024 * 1024;
};

// Thread-safety: Admit, RefuseUnadmitted and RefuseUnknown may be called from any thread; the rest
// belongs to the loop's thread.
class RequestDesk {
 public:
  // `identity`: headers of every answer, which say who answers. Of an answer about another account,
  // those about account and repository are that account's.
  explicit RequestDesk(Headers identity, DeskLimits limits = {});

  // Takes a message in. An empty pointer if requests keep too much memory already: it must not
  // depend on how fast clients ask. The message is then still the caller's.
  Request Admit(EndpointId endpoint, Message& message);
  void RefuseUnadmitted(const Message& message) const;
  // Answers a message that is no request of ours.
  void RefuseUnknown(const Message& message) const;

  // The request's body, after which nothing of the message is kept.
  static Result<Document> ReadBody(const Request& request);
  // The request goes on to wait for the end of a job. kTooManyJobs if too many do.
  Status AdmitToWait(const Request& request);

  // Each request is answered once. Without a reply subject it is only counted.
  void Answer(const Request& request, const Document& body);
  void AnswerEncoded(const Request& request, const std::string& body);
  void Refuse(const Request& request, const Error& error);
  // The same for a request that went to every instance and concerns another one: no fault of this
  // instance or of the client, as far as it knows.
  void Disclaim(const Request& request, const Error& error);

  const std::array<EndpointStatistics, kEndpoints.size()>& statistics() const {
    return statistics_;
  }

 private:
  void RefuseMessage(const Message& message, const Error& error) const;
  EndpointStatistics& Count(const Request& request);
  Headers WithIdentity(Headers headers, const ServedAccount* account = nullptr) const;
  void Send(const Request& request, const std::string& body, const Headers& headers) const;
  void SendError(const Request& request, const Error& error) const;

  const Headers identity_;
  ByteBudget requests_;
  ByteBudget waiters_;
  std::array<EndpointStatistics, kEndpoints.size()> statistics_;
};

}  // namespace jetkeep

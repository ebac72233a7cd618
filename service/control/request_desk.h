// RequestDesk: where requests wait for their answers, and where they are counted.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "jetkeep/error.h"
#include "protocol/control/body.h"
#include "protocol/control/service_api.h"
#include "protocol/control/subjects.h"
#include "service/nats/message.h"

namespace jetkeep {

// One request on its way to its answer.
struct PendingRequest {
  Message message;
  EndpointId endpoint = EndpointId::kBackup;
  Encoding encoding = Encoding::kJson;
  bool from_queue_group = false;
  std::chrono::steady_clock::time_point arrived;
  std::shared_ptr<void> admission;  // gives back its share of the limit

  bool WantsAnswer() const { return !message.reply().empty(); }
};
using Request = std::shared_ptr<PendingRequest>;

// Thread-safety: Admit may be called from any thread; the rest belongs to the loop's thread.
class RequestDesk {
 public:
  RequestDesk();

  // Takes a message in. An empty pointer if too many bytes of requests wait already: memory must
  // not depend on how fast clients ask. The message is then still the caller's.
  Request Admit(EndpointId endpoint, bool from_queue_group, Message& message);

  // Each request is answered once. Without a reply subject it is only counted.
  void Answer(const Request& request, const Document& body);
  void AnswerEncoded(const Request& request, const std::string& body);
  void Refuse(const Request& request, const Error& error);

  const std::array<EndpointStatistics, kEndpoints.size()>& statistics() const {
    return statistics_;
  }

 private:
  EndpointStatistics& Count(const Request& request);

  std::shared_ptr<std::atomic<std::size_t>> bytes_waiting_;  // requests may outlive the desk
  std::array<EndpointStatistics, kEndpoints.size()> statistics_;
};

}  // namespace jetkeep

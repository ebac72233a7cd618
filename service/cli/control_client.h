// ControlClient: asks the service over NATS.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/control/document.h"
#include "protocol/control/subjects.h"
#include "service/config/config.h"
#include "service/nats/connection.h"

namespace jetkeep {

// Thread-safety: one thread.
class ControlClient {
 public:
  // Waits for the server as long as config.timeout; then kNotConnected says where and why.
  static Result<std::unique_ptr<ControlClient>> Connect(const Config& config);

  // The service's answer; one that is an error becomes this call's error. Answers of others are
  // passed over; kUnexpectedAnswer if nothing else came in time. kNoResponders: nobody listens.
  Result<Document> Call(EndpointId endpoint, const Document& request);
  // The same with a time of its own.
  Result<Document> Call(EndpointId endpoint, const Document& request,
                        std::chrono::milliseconds timeout);

  // The answers of all instances, the first of them as Call gives it; for requests that go to every
  // instance.
  Result<std::vector<Document>> CallAll(EndpointId endpoint, const Document& request);

  // Events of jobs; '*' for any stream or job. kPermissionDenied names the subject, if the server
  // has refused the subscription by the time this returns.
  struct EventMessage {
    std::string subject;
    std::string body;
  };
  using EventHandler = std::function<void(EventMessage event)>;  // called on another thread
  Result<std::unique_ptr<Subscription>> SubscribeEvents(JobKind work, const std::string& stream,
                                                        const std::string& job,
                                                        EventHandler handler);
  // Whether the server has refused that subscription since.
  Status CheckSubscribed(JobKind work, const std::string& stream, const std::string& job) const;

  const Subjects& subjects() const { return subjects_; }

 private:
  struct Inquiry;  // a request and what has come in answer
  Result<Inquiry> Ask(EndpointId endpoint, const Document& request,
                      std::chrono::milliseconds timeout);
  // The next answer of a service: its body or its error.
  Result<Document> NextAnswer(Inquiry& inquiry, std::chrono::steady_clock::time_point until);

  ControlClient(std::unique_ptr<Connection> connection, const Config& config);

  std::unique_ptr<Connection> connection_;
  Subjects subjects_;
  std::chrono::milliseconds timeout_;
  std::string repeat_flags_;  // what a person must add to start a service that listens here
};

}  // namespace jetkeep

// ControlClient: asks the service over NATS.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/control/document.h"
#include "protocol/control/subjects.h"
#include "service/cli/addressee.h"
#include "service/cli/console.h"
#include "service/config/config.h"
#include "service/nats/connection.h"

namespace jetkeep {

// Who gave an answer, as far as it says so.
struct Answerer {
  std::string instance;  // its id in the service API
  std::string version;
  std::string repository;  // the repository's id; empty: services of version 0.1 do not say it
  std::string account;
};

// Thread-safety: one thread.
class ControlClient {
 public:
  // Waits for the server as long as config.timeout; then kNotConnected says where and why.
  static Result<std::unique_ptr<ControlClient>> Connect(const Config& config,
                                                        const Addressee& addressee);

  // From now on this instance only; empty: whichever takes the request.
  void AskOnly(std::string instance) { addressee_.instance = std::move(instance); }

  // The service's answer; one that is an error becomes this call's error. Answers of others are
  // passed over; kUnexpectedAnswer if nothing else came in time. kNoResponders: nobody listens.
  Result<Document> Call(EndpointId endpoint, const Document& request);
  // The same with a time of its own.
  Result<Document> Call(EndpointId endpoint, const Document& request,
                        std::chrono::milliseconds timeout);

  // For an answer that may take hours: one instance is asked, whichever answers first, and as long
  // as its answer does not come it has to show now and then that it is there. kNoResponders: it did
  // not.
  Result<Document> CallWatched(EndpointId endpoint, const Document& request);

  // The answers of all instances that work for the account, at least one; for requests that go to
  // every instance.
  Result<std::vector<Document>> CallAll(EndpointId endpoint, const Document& request);

  // All instances that answer on the control subjects, at least one. Their repositories and servers
  // are not asked.
  Result<std::vector<Answerer>> Ping();

  // Asks who is there, by $SRV.PING, which a user need not be allowed to ask. Discover gives the
  // answers: what a command does in between takes none of its time from it.
  void BeginDiscovery();
  // All instances on these subjects that have said so; asks for them if BeginDiscovery has not. It
  // waits kDiscoveryWait from the question at most, less once one has answered.
  std::vector<Answerer> Discover();

  // Who gave the last answer or error.
  const Answerer& answerer() const { return answerer_; }
  // With --verbose.
  void NoteAnswerer(Console& console) const;

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

  bool asks_one_instance() const { return !addressee_.instance.empty(); }
  Connection& connection() { return *connection_; }

 private:
  struct Inquiry;  // a request and what has come in answer
  struct Discovery {
    PendingAnswers pending;
    std::chrono::steady_clock::time_point asked;
  };
  Result<Inquiry> Ask(EndpointId endpoint, const Document& request,
                      std::chrono::milliseconds timeout);
  // The next answer of a service: its body or its error.
  Result<Document> NextAnswer(Inquiry& inquiry, std::chrono::steady_clock::time_point until);
  // The same; no value: none has come.
  std::optional<Result<Document>> TryNextAnswer(Inquiry& inquiry,
                                                std::chrono::steady_clock::time_point until);
  Result<Document> AskWatched(EndpointId endpoint, const Document& request);
  Error NoAnswer(const Inquiry& inquiry) const;
  // An answer of any kind of the instance that is asked, or of any that works for the account.
  Status CheckThere();

  ControlClient(std::unique_ptr<Connection> connection, const Config& config, Addressee addressee);
  std::string SubjectOf(EndpointId endpoint) const;
  // Services of version 0.1 do not mark their answers: whether one is there, asked once.
  bool SeesFirstVersion(std::chrono::steady_clock::time_point until);

  std::unique_ptr<Connection> connection_;
  Subjects subjects_;
  std::string prefix_;
  Addressee addressee_;
  std::chrono::milliseconds timeout_;
  Answerer answerer_;
  std::optional<Discovery> discovery_;
  // The shortest time in which an answer has come.
  std::optional<std::chrono::steady_clock::duration> round_trip_;
  std::optional<bool> sees_first_version_;
  std::string repeat_flags_;  // what a person must add to start a service that listens here
};

}  // namespace jetkeep

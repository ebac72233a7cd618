#include "service/cli/control_client.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "protocol/control/answer_check.h"
#include "protocol/control/answers.h"
#include "protocol/control/body.h"
#include "service/cli/connection_settings.h"
#include "service/cli/foreign_answers.h"
#include "service/config/redact.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

// How long a refusal of the server may take from the thread that reads it to us.
constexpr std::chrono::milliseconds kRefusalDelay{20};

// How much later than the first instance that does not know a job the one that does may answer.
constexpr std::chrono::milliseconds kOtherInstances{500};

std::string ServersOf(const Config& config) {
  std::string servers;
  for (const std::string& server : config.servers) {
    if (!servers.empty()) servers += ',';
    servers += HideUrlSecrets(server);
  }
  return servers;
}

}  // namespace

ControlClient::ControlClient(std::unique_ptr<Connection> connection, const Config& config)
    : connection_(std::move(connection)),
      subjects_(config.subject_prefix),
      timeout_(config.timeout),
      repeat_flags_("--server " + ServersOf(config)) {
  if (!config.subject_prefix.empty()) repeat_flags_ += " --prefix " + config.subject_prefix;
}

Result<std::unique_ptr<ControlClient>> ControlClient::Connect(const Config& config) {
  JETKEEP_TRY(CheckPrefix(config.subject_prefix));
  JETKEEP_ASSIGN(const ConnectionOptions options, ConnectionOptionsFrom(config));
  JETKEEP_ASSIGN(std::unique_ptr<Connection> connection, Connection::Open(options));
  if (Status connected = connection->WaitConnected(config.timeout); !connected) {
    if (connected.error().code == Errc::kPermissionDenied) return Fail(connected.error());
    const std::string reason = connection->LastError();
    return Fail(Errc::kNotConnected,
                "cannot connect to " + ServersOf(config) + (reason.empty() ? "" : ": " + reason),
                "Check --server (or NATS_URL, or the context) and that the server runs.");
  }
  return std::unique_ptr<ControlClient>(new ControlClient(std::move(connection), config));
}

Result<std::unique_ptr<Subscription>> ControlClient::SubscribeEvents(JobKind work,
                                                                     const std::string& stream,
                                                                     const std::string& job,
                                                                     EventHandler handler) {
  const std::string subject = subjects_.EventsOf(work, stream, job);
  JETKEEP_ASSIGN(
      auto subscription,
      connection_->Subscribe(subject, "", [handler = std::move(handler)](const Message& message) {
        handler({std::string(message.subject()), std::string(message.data())});
      }));
  JETKEEP_TRY(connection_->Flush(timeout_));
  // A refusal has arrived by now, but the client library reports it on another thread.
  const auto until = Clock::now() + kRefusalDelay;
  do {
    JETKEEP_TRY(CheckSubscribed(work, stream, job));
    std::this_thread::sleep_for(kRefusalDelay / 10);
  } while (Clock::now() < until);
  return subscription;
}

Status ControlClient::CheckSubscribed(JobKind work, const std::string& stream,
                                      const std::string& job) const {
  const std::string subject = subjects_.EventsOf(work, stream, job);
  if (!connection_->DeniedSince(0, subject)) return {};
  return Fail(Errc::kPermissionDenied, "permission denied to subscribe to " + subject,
              "Grant this user permission to subscribe to the events: " +
                  subjects_.EventsOf(work, "*", "*") + ".");
}

Result<Document> ControlClient::Call(EndpointId endpoint, const Document& request) {
  return Call(endpoint, request, timeout_);
}

Result<Document> ControlClient::Call(EndpointId endpoint, const Document& request,
                                     std::chrono::milliseconds timeout) {
  const std::string subject = subjects_.Request(endpoint);
  const auto deadline = Clock::now() + timeout;
  auto pending = connection_->Ask(subject, EncodeBody(request, Encoding::kJson));
  if (!pending) return Fail(std::move(pending).error());
  ForeignAnswers foreign;
  std::optional<Error> unknown_job;
  Clock::time_point until = deadline;
  while (true) {
    const Result<Message> message = pending->Next(until);
    if (!message) {
      if (message.error().code == Errc::kNoResponders) {
        return Fail(Errc::kNoResponders, "no jetkeep service listens on " + subject,
                    "Start one: jetkeep serve " + repeat_flags_ + " --repository DIR");
      }
      if (message.error().code != Errc::kTimeout) return Fail(message.error());
      if (unknown_job) return Fail(*unknown_job);
      if (!foreign.empty()) return Fail(foreign.AsError(subject, timeout));
      return Fail(Errc::kTimeout,
                  "no answer to " + subject + " within " + std::to_string(timeout.count()) + " ms");
    }
    JudgedAnswer judged = JudgeAnswer(
        endpoint, request,
        {message->header(kTypeHeader), message->header(kErrorCodeHeader), message->data()});
    if (auto* answer = std::get_if<Document>(&judged)) return std::move(*answer);
    if (auto* other = std::get_if<ForeignAnswer>(&judged)) {
      foreign.Add(std::move(*other));
      continue;
    }
    auto& error = std::get<Error>(judged);
    if (!GoesToEveryInstance(endpoint) || error.code != Errc::kJobNotFound) {
      return Fail(std::move(error));
    }
    // One instance does not know the job; another one may.
    if (!unknown_job) until = std::min(deadline, Clock::now() + kOtherInstances);
    unknown_job = std::move(error);
  }
}

}  // namespace jetkeep

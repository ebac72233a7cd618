#include "service/cli/control_client.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "protocol/control/answer_check.h"
#include "protocol/control/answers.h"
#include "protocol/control/body.h"
#include "service/cli/foreign_answers.h"
#include "service/config/redact.h"
#include "service/setup/connection_settings.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

// How much later than the first instance another one may answer.
constexpr std::chrono::milliseconds kOtherInstances{500};

std::string ServersOf(const Config& config) {
  std::string servers;
  for (const std::string& server : config.account().servers) {
    if (!servers.empty()) servers += ',';
    servers += HideUrlSecrets(server);
  }
  return servers;
}

}  // namespace

struct ControlClient::Inquiry {
  EndpointId endpoint;
  Document request;
  std::chrono::milliseconds timeout;
  PendingAnswers pending;
  ForeignAnswers foreign;
};

ControlClient::ControlClient(std::unique_ptr<Connection> connection, const Config& config)
    : connection_(std::move(connection)),
      subjects_(config.subject_prefix),
      timeout_(config.account().timeout),
      repeat_flags_("--server " + ServersOf(config)) {
  if (!config.subject_prefix.empty()) repeat_flags_ += " --prefix " + config.subject_prefix;
}

Result<std::unique_ptr<ControlClient>> ControlClient::Connect(const Config& config) {
  JETKEEP_TRY(CheckPrefix(config.subject_prefix));
  JETKEEP_ASSIGN(const ConnectionOptions options, ConnectionOptionsFrom(config.account()));
  JETKEEP_ASSIGN(std::unique_ptr<Connection> connection, Connection::Open(options));
  if (Status connected = connection->WaitConnected(config.account().timeout); !connected) {
    if (connected.error().code == Errc::kPermissionDenied) return Fail(connected.error());
    return Fail(Error(connected.error()).Within("cannot connect to " + ServersOf(config)));
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
  JETKEEP_TRY(CheckSubscribed(work, stream, job));
  return subscription;
}

Status ControlClient::CheckSubscribed(JobKind work, const std::string& stream,
                                      const std::string& job) const {
  const std::string subject = subjects_.EventsOf(work, stream, job);
  if (!connection_->LastRefused(subject) && !connection_->DeniedSince(0, subject)) return {};
  return Fail(Errc::kPermissionDenied, "permission denied to subscribe to " + subject,
              "Grant this user permission to subscribe to the events: " +
                  subjects_.EventsOf(work, "*", "*") + ".");
}

Result<Document> ControlClient::Call(EndpointId endpoint, const Document& request) {
  return Call(endpoint, request, timeout_);
}

Result<Document> ControlClient::Call(EndpointId endpoint, const Document& request,
                                     std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  JETKEEP_ASSIGN(Inquiry inquiry, Ask(endpoint, request, timeout));
  std::optional<Error> unknown_job;
  auto until = deadline;
  while (true) {
    Result<Document> answer = NextAnswer(inquiry, until);
    if (answer) return answer;
    if (!GoesToEveryInstance(endpoint) || answer.error().code != Errc::kJobNotFound) {
      return Fail(unknown_job ? *unknown_job : std::move(answer).error());
    }
    // One instance does not know the job; another one may.
    if (!unknown_job) until = std::min(deadline, Clock::now() + kOtherInstances);
    unknown_job = std::move(answer).error();
  }
}

Result<std::vector<Document>> ControlClient::CallAll(EndpointId endpoint, const Document& request) {
  const auto deadline = Clock::now() + timeout_;
  JETKEEP_ASSIGN(Inquiry inquiry, Ask(endpoint, request, timeout_));
  std::vector<Document> answers;
  JETKEEP_ASSIGN(answers.emplace_back(), NextAnswer(inquiry, deadline));
  const auto until = std::min(deadline, Clock::now() + kOtherInstances);
  while (auto more = NextAnswer(inquiry, until)) answers.push_back(*std::move(more));
  return answers;
}

Result<ControlClient::Inquiry> ControlClient::Ask(EndpointId endpoint, const Document& request,
                                                  std::chrono::milliseconds timeout) {
  JETKEEP_ASSIGN(PendingAnswers pending, connection_->Ask(subjects_.Request(endpoint),
                                                          EncodeBody(request, Encoding::kJson)));
  return Inquiry{endpoint, request, timeout, std::move(pending), {}};
}

Result<Document> ControlClient::NextAnswer(Inquiry& inquiry, Clock::time_point until) {
  const std::string subject = subjects_.Request(inquiry.endpoint);
  while (true) {
    const Result<Message> message = inquiry.pending.Next(until);
    if (!message) {
      if (message.error().code == Errc::kNoResponders) {
        return Fail(Errc::kNoResponders, "no jetkeep service listens on " + subject,
                    "Start one: jetkeep serve " + repeat_flags_ + " --repository DIR");
      }
      if (message.error().code != Errc::kTimeout) return Fail(message.error());
      if (!inquiry.foreign.empty()) return Fail(inquiry.foreign.AsError(subject, inquiry.timeout));
      return Fail(Errc::kTimeout, "no answer to " + subject + " within " +
                                      std::to_string(inquiry.timeout.count()) + " ms");
    }
    JudgedAnswer judged = JudgeAnswer(
        inquiry.endpoint, inquiry.request,
        {message->header(kTypeHeader), message->header(kErrorCodeHeader), message->data()});
    if (auto* answer = std::get_if<Document>(&judged)) return std::move(*answer);
    if (auto* error = std::get_if<Error>(&judged)) return Fail(std::move(*error));
    inquiry.foreign.Add(std::get<ForeignAnswer>(std::move(judged)));
  }
}

}  // namespace jetkeep

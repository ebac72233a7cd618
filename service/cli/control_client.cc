#include "service/cli/control_client.h"

#include <utility>

#include "protocol/control/answers.h"
#include "protocol/control/body.h"
#include "service/cli/connection_settings.h"
#include "service/config/redact.h"

namespace jetkeep {
namespace {

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
    const std::string reason = connection->LastError();
    return Fail(Errc::kNotConnected,
                "cannot connect to " + ServersOf(config) + (reason.empty() ? "" : ": " + reason),
                "Check --server (or NATS_URL, or the context) and that the server runs.");
  }
  return std::unique_ptr<ControlClient>(new ControlClient(std::move(connection), config));
}

Result<Document> ControlClient::Call(EndpointId endpoint, const Document& request) {
  return Call(endpoint, request, timeout_);
}

Result<Document> ControlClient::Call(EndpointId endpoint, const Document& request,
                                     std::chrono::milliseconds timeout) {
  const std::string subject = subjects_.Request(endpoint);
  auto answer = connection_->Request(subject, EncodeBody(request, Encoding::kJson), timeout);
  if (!answer) {
    if (answer.error().code == Errc::kNoResponders) {
      return Fail(Errc::kNoResponders, "no jetkeep service listens on " + subject,
                  "Start one: jetkeep serve " + repeat_flags_ + " --repository DIR");
    }
    return Fail(std::move(answer).error());
  }
  auto document = DecodeBody(answer->data(), kAnswerLimits);
  if (!document) return Fail(std::move(document).error().Within("the answer on " + subject));
  if (const auto error = document->find("error");
      error != document->end() && answer->header(kErrorCodeHeader).has_value()) {
    return Fail(ErrorFromDocument(*error));
  }
  return std::move(*document);
}

}  // namespace jetkeep

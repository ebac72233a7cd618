#include "service/nats/connect_failure.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace jetkeep {
namespace {

using Outcome = Greeting::Outcome;

constexpr std::chrono::seconds kForEachServer{1};

bool RefusesLogin(natsStatus status) {
  return status == NATS_CONNECTION_AUTH_FAILED || status == NATS_NOT_PERMITTED;
}

bool HasLoginInUrl(const ConnectionOptions& options) {
  return std::any_of(options.servers.begin(), options.servers.end(),
                     [](const std::string& url) { return url.find('@') != std::string::npos; });
}

std::string LoginHint(const ConnectionOptions& options) {
  if (!options.user.empty()) return "Check the user and the password.";
  if (!options.token.empty()) return "Check the token.";
  if (!options.credentials_file.empty()) {
    return "Check that " + options.credentials_file +
           " is for an account of this server, and that its user is neither expired nor revoked.";
  }
  if (!options.jwt.empty()) {
    return "Check that the JWT is for an account of this server, and neither expired nor revoked.";
  }
  if (!options.nkey.empty()) {
    return "Check that the server knows the public key " + options.nkey + ".";
  }
  if (HasLoginInUrl(options)) return "Check the login in the server URL.";
  return "Give a login: user and password, token, creds, nkey, or a context of the nats command "
         "line.";
}

struct Reason {
  std::string message;
  std::string hint;
};

Reason OfTls(const std::string& text, const ConnectionOptions& options) {
  return {"the TLS handshake failed" + (text.empty() ? std::string() : ": " + text),
          options.tls_ca_file.empty()
              ? "Name the certificates of the authority that has signed the server's certificate "
                "(nats.tls.ca, --tlsca)."
              : "Check that " + options.tls_ca_file +
                    " holds the authority of the server's certificate, and that the certificate "
                    "is for the name in the URL."};
}

Reason OfClientCertificate(const ConnectionOptions& options) {
  if (options.tls_certificate_file.empty()) {
    return {"the server requires a client certificate, and none is given",
            "Name certificate and key (nats.tls.cert and nats.tls.key, --tlscert and --tlskey)."};
  }
  return {"the server has closed the connection after the TLS handshake",
          "Check that the server trusts the authority of " + options.tls_certificate_file + "."};
}

// What the server said before the login explains what came after.
Reason OfGreeted(natsStatus status, const std::string& text, const ConnectionOptions& options,
                 const Greeting& greeting) {
  const Result<ServerInfo> info = ParseServerInfo(greeting.line);
  if (!info) return {info.error().message, "Check that a NATS server listens on this port."};
  if (status == NATS_SECURE_CONNECTION_WANTED || status == NATS_SECURE_CONNECTION_REQUIRED) {
    if (!info->tls_required) {
      return {"the server does not offer TLS, which tls:// or a TLS file asks for",
              "Use nats:// and no TLS files, or turn TLS on at the server."};
    }
  }
  if (status == NATS_SSL_ERROR) return OfTls(text, options);
  if (info->tls_verify && status != NATS_TIMEOUT) return OfClientCertificate(options);
  const std::string words = text.empty() ? natsStatus_GetText(status) : text;
  return {words, "The server's log may say more."};
}

Reason OfServer(natsStatus status, const std::string& text, const ConnectionOptions& options,
                const Greeting& greeting) {
  switch (greeting.outcome) {
    case Outcome::kNameNotFound:
      return {"the name is not found (" + greeting.detail + ")",
              "Check the server's name, and that names can be resolved here."};
    case Outcome::kNotReached:
      return {greeting.detail, "Check that the server runs and listens on this address and port."};
    case Outcome::kSilent:
      return {greeting.detail,
              "Check the port. A server that expects TLS before its greeting (handshake_first) is "
              "not supported."};
    case Outcome::kNotNats:
      return {greeting.detail,
              "Check the port: clients connect to another one than monitoring and clusters do."};
    case Outcome::kRefused:
      return {greeting.detail, "The server's log may say more."};
    case Outcome::kGreeted:
      break;
  }
  return OfGreeted(status, text, options, greeting);
}

}  // namespace

bool NeedsGreetings(natsStatus status) { return !RefusesLogin(status); }

std::vector<Greeting> ReadGreetings(const ConnectionOptions& options) {
  std::vector<Greeting> greetings;
  for (const std::string& url : options.servers) {
    greetings.push_back(ReadGreeting(url, kForEachServer));
  }
  return greetings;
}

Error ConnectFailure(natsStatus status, const std::string& text, const ConnectionOptions& options,
                     const std::vector<Greeting>& greetings) {
  if (RefusesLogin(status)) {
    return {Errc::kPermissionDenied,
            "the server refuses the login" + (text.empty() ? std::string() : ": " + text),
            LoginHint(options), 0};
  }
  // Where a server has greeted, that is the one that got furthest; the others may just be away.
  std::vector<const Greeting*> shown;
  for (const Greeting& greeting : greetings) {
    if (greeting.outcome == Outcome::kGreeted || greeting.outcome == Outcome::kRefused) {
      shown.push_back(&greeting);
    }
  }
  if (shown.empty()) {
    for (const Greeting& greeting : greetings) shown.push_back(&greeting);
  }
  Error error{Errc::kNotConnected, "", "", 0};
  for (const Greeting* greeting : shown) {
    Reason reason = OfServer(status, text, options, *greeting);
    if (!error.message.empty()) error.message += "; ";
    error.message += greeting->address + ": " + reason.message;
    if (error.hint.empty()) error.hint = std::move(reason.hint);
  }
  if (shown.empty()) error.message = text.empty() ? natsStatus_GetText(status) : text;
  return error;
}

}  // namespace jetkeep

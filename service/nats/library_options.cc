#include "service/nats/library_options.h"

#include <nats/nats.h>

#include <vector>

#include "service/nats/jwt_login.h"
#include "service/nats/status.h"

namespace jetkeep {
namespace {

// Snapshot chunks have 128 or 512 KiB. A buffer of that size saves most of the system calls; a
// larger one gains nothing.
constexpr int kIoBufferBytes = 256 * 1024;

// A server that accepts no bytes for this long is given up. Until then a publisher holds the
// connection's lock.
constexpr std::int64_t kWriteDeadlineMs = 15'000;

Status CheckWaysIn(const ConnectionOptions& options) {
  const int ways = int(!options.user.empty()) + int(!options.token.empty()) +
                   int(!options.credentials_file.empty()) + int(!options.jwt.empty()) +
                   int(!options.nkey.empty());
  if (ways > 1) {
    return Fail(Errc::kConfigInvalid, "more than one way to log in to NATS is set",
                "Set one of user and password, token, credentials file, JWT and seed, nkey.");
  }
  if (options.nkey.empty() != options.nkey_seed_file.empty()) {
    return Fail(Errc::kConfigInvalid, "an nkey needs its seed file, and the seed file its nkey");
  }
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return Fail(Errc::kConfigInvalid,
                "a TLS certificate needs its key, and the key its certificate");
  }
  return {};
}

// Collects the results of setters and keeps the first failure.
class Setter {
 public:
  void operator()(const char* what, natsStatus status, const char* hint = "") {
    if (status_ != NATS_OK || status == NATS_OK) return;
    status_ = status;
    natsStatus last = NATS_OK;
    const std::string words = LibraryText(nats_GetLastError(&last));
    const bool about_this = last == status && !words.empty();
    error_.message = std::string(what) + ": " + (about_this ? words : natsStatus_GetText(status));
    error_.hint = hint;
  }
  Status Done() && {
    if (status_ == NATS_OK) return {};
    error_.code = Errc::kConfigInvalid;
    return Fail(std::move(error_));
  }

 private:
  natsStatus status_ = NATS_OK;
  Error error_;
};

void SetLogin(Setter& set, natsOptions* raw, const ConnectionOptions& options) {
  if (!options.user.empty()) {
    set("user", natsOptions_SetUserInfo(raw, options.user.c_str(), options.password.c_str()));
  }
  if (!options.token.empty()) set("token", natsOptions_SetToken(raw, options.token.c_str()));
  if (!options.credentials_file.empty()) {
    set("credentials file",
        natsOptions_SetUserCredentialsFromFiles(raw, options.credentials_file.c_str(), nullptr));
  }
  if (!options.jwt.empty()) set("JWT", SetJwtLogin(raw, options.jwt, options.seed));
  if (!options.nkey.empty()) {
    set("nkey",
        natsOptions_SetNKeyFromSeed(raw, options.nkey.c_str(), options.nkey_seed_file.c_str()));
  }
}

void SetTls(Setter& set, natsOptions* raw, const ConnectionOptions& options) {
  const bool wanted = options.tls || options.tls_insecure || !options.tls_ca_file.empty() ||
                      !options.tls_certificate_file.empty();
  if (!wanted) return;
  set("TLS", natsOptions_SetSecure(raw, true));
  if (!options.tls_ca_file.empty()) {
    set("TLS CA file", natsOptions_LoadCATrustedCertificates(raw, options.tls_ca_file.c_str()),
        "Give a file of PEM certificates.");
  }
  if (!options.tls_certificate_file.empty()) {
    set("TLS certificate",
        natsOptions_LoadCertificatesChain(raw, options.tls_certificate_file.c_str(),
                                          options.tls_key_file.c_str()),
        "Give a PEM certificate and the PEM key that belongs to it.");
  }
  if (options.tls_insecure) set("TLS", natsOptions_SkipServerVerification(raw, true));
}

void SetReconnecting(Setter& set, natsOptions* raw, const ConnectionOptions& options) {
  set("connect timeout", natsOptions_SetTimeout(raw, options.connect_timeout.count()));
  set("reconnect", natsOptions_SetAllowReconnect(raw, true));
  set("reconnect", natsOptions_SetMaxReconnect(raw, -1));
  set("reconnect wait", natsOptions_SetReconnectWait(raw, options.reconnect_wait.count()));
  set("reconnect jitter", natsOptions_SetReconnectJitter(raw, 100, 500));
  // The library would send what it was given without a server when it has one again, requests too.
  set("reconnect buffer", natsOptions_SetReconnectBufSize(raw, 0));
  set("ping interval", natsOptions_SetPingInterval(raw, options.ping_interval.count()));
  set("pings out", natsOptions_SetMaxPingsOut(raw, options.max_pings_out));
  set("write deadline", natsOptions_SetWriteDeadline(raw, kWriteDeadlineMs));
  set("fail requests", natsOptions_SetFailRequestsOnDisconnect(raw, true));
}

}  // namespace

Result<ConnectionCore::OptionsHandle> MakeLibraryOptions(const ConnectionOptions& options) {
  JETKEEP_TRY(CheckWaysIn(options));
  natsOptions* raw = nullptr;
  JETKEEP_TRY(CheckNats(natsOptions_Create(&raw), "client options"));
  ConnectionCore::OptionsHandle handle(raw, natsOptions_Destroy);

  std::vector<const char*> servers;
  for (const std::string& server : options.servers) servers.push_back(server.c_str());
  if (servers.empty()) servers.push_back("nats://127.0.0.1:4222");
  Setter set;
  set("server URLs", natsOptions_SetServers(raw, servers.data(), static_cast<int>(servers.size())));
  set("connection name", natsOptions_SetName(raw, options.name.c_str()));
  if (options.inbox_prefix != "_INBOX") {
    set("inbox prefix", natsOptions_SetCustomInboxPrefix(raw, options.inbox_prefix.c_str()));
  }
  SetLogin(set, raw, options);
  SetTls(set, raw, options);
  SetReconnecting(set, raw, options);
  set("buffers", natsOptions_SetIOBufSize(raw, kIoBufferBytes));
  // Send acknowledgements and requests at once. The library's flusher would hold them for up to a
  // millisecond.
  set("send at once", natsOptions_SetSendAsap(raw, true));
  // One delivery thread for all handlers instead of one for each subscription.
  set("delivery", natsOptions_UseGlobalMessageDelivery(raw, true));
  JETKEEP_TRY(std::move(set).Done());
  return handle;
}

}  // namespace jetkeep

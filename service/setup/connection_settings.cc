#include "service/setup/connection_settings.h"

#include <optional>
#include <string>
#include <string_view>

#include "service/config/yaml_file.h"
#include "service/setup/nkey_file.h"
#include "service/setup/url_login.h"

namespace jetkeep {
namespace {

// The client library reads these files when it connects, and would try for ever.
Status CheckFile(std::string_view setting, const std::string& path, std::string_view marker,
                 std::string_view hint) {
  if (path.empty()) return {};
  const Result<std::string> bytes = ReadSmallFile(path);
  if (!bytes) return Fail(Error(bytes.error()).Within(setting));
  if (bytes->find(marker) != std::string::npos) return {};
  return Fail(Errc::kConfigInvalid,
              std::string(setting) + ": " + path + " does not hold what it should",
              std::string(hint));
}

Status CheckFiles(const Config& config) {
  constexpr std::string_view kPem = "-----BEGIN ";
  JETKEEP_TRY(CheckFile("nats.creds", config.creds, "---",
                        "A credentials file holds a user's JWT and seed, as nsc writes them."));
  JETKEEP_TRY(CheckFile("nats.tls.ca", config.tls_ca, kPem, "Give a file of PEM certificates."));
  JETKEEP_TRY(
      CheckFile("nats.tls.cert", config.tls_cert, kPem, "Give a file with a PEM certificate."));
  return CheckFile("nats.tls.key", config.tls_key, kPem, "Give a file with a PEM key.");
}

Status TakeLoginOfUrls(ConnectionOptions& options) {
  JETKEEP_ASSIGN(const std::optional<UrlLogin> login, TakeEscapedLogin(options.servers));
  if (!login) return {};
  if (!options.user.empty() || !options.token.empty() || !options.credentials_file.empty() ||
      !options.nkey.empty()) {
    return Fail(Errc::kConfigInvalid, "a server URL holds a login, and another one is set",
                "Give one way to authenticate.");
  }
  options.user = login->user;
  options.password = login->password;
  options.token = login->token;
  return {};
}

}  // namespace

Result<ConnectionOptions> ConnectionOptionsFrom(const Config& config) {
  JETKEEP_TRY(CheckFiles(config));
  ConnectionOptions options;
  options.servers = config.servers;
  options.name = config.connection_name;
  options.user = config.user;
  options.password = config.password;
  options.token = config.token;
  options.credentials_file = config.creds;
  if (!config.nkey.empty()) {
    options.nkey_seed_file = config.nkey;
    JETKEEP_ASSIGN(options.nkey, NkeyPublicFromFile(config.nkey));
  }
  options.tls_ca_file = config.tls_ca;
  options.tls_certificate_file = config.tls_cert;
  options.tls_key_file = config.tls_key;
  for (const std::string& server : config.servers) {
    if (server.starts_with("tls://")) options.tls = true;
  }
  if (!config.inbox_prefix.empty()) options.inbox_prefix = config.inbox_prefix;
  options.connect_timeout = config.timeout;
  JETKEEP_TRY(TakeLoginOfUrls(options));
  return options;
}

}  // namespace jetkeep

#include "service/setup/connection_settings.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "service/config/environment.h"
#include "service/config/yaml_file.h"
#include "service/setup/nkey_file.h"
#include "service/setup/url_login.h"

namespace jetkeep {
namespace {

// The client library reads these files at each attempt to connect, and would retry for ever.
Status CheckFile(std::string_view setting, const std::string& path, std::string_view marker,
                 std::string_view lacks, std::string_view hint) {
  if (path.empty()) return {};
  const Result<std::string> bytes = ReadSmallFile(path);
  if (!bytes) return Fail(Error(bytes.error()).Within(setting));
  if (bytes->find(marker) != std::string::npos) return {};
  return Fail(Errc::kConfigInvalid, std::string(setting) + ": " + path + " " + std::string(lacks),
              std::string(hint));
}

Status CheckCredentials(const std::string& path) {
  if (path.empty()) return {};
  constexpr std::string_view kHint =
      "A credentials file holds a user's JWT and seed, as nsc writes them.";
  JETKEEP_TRY(
      CheckFile("nats.creds", path, "-----BEGIN NATS USER JWT-----", "holds no user JWT", kHint));
  if (NkeyPublicFromFile(path)) return {};
  return Fail(Errc::kConfigInvalid, "nats.creds: " + path + " holds no valid seed",
              std::string(kHint));
}

Status CheckPem(std::string_view setting, const std::string& path, std::string_view hint) {
  return CheckFile(setting, path, "-----BEGIN ", "is not a PEM file", hint);
}

Status CheckFiles(const AccountConfig& account) {
  JETKEEP_TRY(CheckCredentials(account.creds));
  JETKEEP_TRY(CheckPem("nats.tls.ca", account.tls_ca, "Give a file of PEM certificates."));
  JETKEEP_TRY(CheckPem("nats.tls.cert", account.tls_cert, "Give a file with a PEM certificate."));
  return CheckPem("nats.tls.key", account.tls_key, "Give a file with a PEM key.");
}

Status TakeLoginOfUrls(ConnectionOptions& options) {
  JETKEEP_ASSIGN(const std::optional<UrlLogin> login, TakeEscapedLogin(options.servers));
  if (!login) return {};
  if (!options.user.empty() || !options.token.empty() || !options.credentials_file.empty() ||
      !options.jwt.empty() || !options.nkey.empty()) {
    return Fail(Errc::kConfigInvalid, "a server URL holds a login, and another one is set",
                "Give one way to authenticate.");
  }
  options.user = login->user;
  options.password = login->password;
  options.token = login->token;
  return {};
}

// Files that cannot be read any more count as empty: the next attempt says what is wrong.
std::string DigestOf(const ConnectionOptions& options) {
  std::string all;
  const auto add = [&](const std::string& text) {
    all += std::to_string(std::hash<std::string>()(text)) + ".";
  };
  for (const std::string* text :
       {&options.user, &options.password, &options.token, &options.jwt, &options.seed}) {
    add(*text);
  }
  for (const std::string* path :
       {&options.credentials_file, &options.nkey_seed_file, &options.tls_ca_file,
        &options.tls_certificate_file, &options.tls_key_file}) {
    add(path->empty() ? std::string() : ReadSmallFile(*path).value_or(std::string()));
  }
  return all;
}

}  // namespace

Result<ConnectionOptions> ConnectionOptionsFrom(const AccountConfig& account) {
  JETKEEP_TRY(CheckFiles(account));
  ConnectionOptions options;
  options.servers = account.servers;
  options.name = account.connection_name;
  options.user = account.user;
  options.password = account.password;
  options.token = account.token;
  options.credentials_file = account.creds;
  options.jwt = account.jwt;
  options.seed = account.seed;
  if (!account.seed.empty()) {
    // As with files: a wrong seed is an error now and not at each attempt to connect.
    if (auto key = NkeyPublicFromSeed(account.seed); !key) {
      return Fail(Errc::kConfigInvalid, "nats.seed: the value is not a seed",
                  "Give the seed itself: it starts with S and has 58 characters.");
    }
  }
  if (!account.nkey.empty()) {
    options.nkey_seed_file = account.nkey;
    Result<std::string> key = NkeyPublicFromFile(account.nkey);
    if (!key) return Fail(std::move(key).error().Within("nats.nkey"));
    options.nkey = *std::move(key);
  }
  options.tls_ca_file = account.tls_ca;
  options.tls_certificate_file = account.tls_cert;
  options.tls_key_file = account.tls_key;
  for (const std::string& server : account.servers) {
    if (server.starts_with("tls://")) options.tls = true;
  }
  if (!account.inbox_prefix.empty()) options.inbox_prefix = account.inbox_prefix;
  options.connect_timeout = account.timeout;
  JETKEEP_TRY(TakeLoginOfUrls(options));
  options.login_digest = DigestOf(options);
  return options;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): it is written to by pointers to its members
Result<ConnectionOptions> RefreshedOptionsFrom(AccountConfig account) {
  for (const SecretFile& file : account.secret_files) {
    JETKEEP_ASSIGN(account.*file.secret, ReadSecret(file.path));
  }
  return ConnectionOptionsFrom(account);
}

}  // namespace jetkeep

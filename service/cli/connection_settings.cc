#include "service/cli/connection_settings.h"

#include "service/cli/nkey_file.h"

namespace jetkeep {

Result<ConnectionOptions> ConnectionOptionsFrom(const Config& config) {
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
  return options;
}

}  // namespace jetkeep

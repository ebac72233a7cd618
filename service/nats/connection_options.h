// How to reach and enter a NATS server.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace jetkeep {

struct ConnectionOptions {
  std::vector<std::string> servers;  // URLs; empty: nats://127.0.0.1:4222
  std::string name = "jetkeep";

  // At most one way in. Secrets never appear in an error or a log line of ours.
  std::string user;
  std::string password;
  std::string token;
  std::string credentials_file;  // JWT and seed in one file
  std::string jwt;               // a user's JWT itself, with
  std::string seed;              // its seed; empty for a bearer token
  std::string nkey;              // public key, with
  std::string nkey_seed_file;

  bool tls =
      false;  // demanded even if the server does not ask for it; set by any of the files below
  std::string tls_ca_file;
  std::string tls_certificate_file;
  std::string tls_key_file;
  bool tls_insecure = false;  // the server's certificate is not checked
  // Differs where secrets, or what the files hold, differ. Empty: not known.
  std::string login_digest;

  // The first attempt to connect is made on a thread of its own.
  bool connect_later = false;

  std::string inbox_prefix = "_INBOX";
  std::chrono::milliseconds connect_timeout{std::chrono::seconds(5)};
  std::chrono::milliseconds reconnect_wait{500};
  // A server that is silent for ping_interval * (max_pings_out + 1) is given up.
  std::chrono::milliseconds ping_interval{std::chrono::seconds(20)};
  int max_pings_out = 2;
  // What is published while there is no server, kept until one is back. Beyond it publishing fails.
  std::size_t reconnect_buffer_bytes = 8 * 1024 * 1024;
};

}  // namespace jetkeep

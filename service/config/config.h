// Config: everything an operator can set, with its defaults. Values are filled in by
// service/config/load.h. Thread-safety: plain values.
//
// Configuration has sections. An account is one way into NATS; a store is one place for backups.
// Where a file names neither (as in version 0.1), there is one account and one store, and flags,
// variables and the flat keys (`nats`, `repository`) fill those.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/defaults.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/job.h"

namespace jetkeep {

// How hard segments are compressed.
struct Compression {
  enum class Preset : std::uint8_t { kFastest, kDefault, kBest, kLevel };
  Preset preset = Preset::kDefault;
  int level = 0;  // kLevel only: a zstd level, 1..19
  friend bool operator==(const Compression&, const Compression&) = default;
};

struct AccountConfig;
// A secret that was given as file://PATH.
struct SecretFile {
  std::string AccountConfig::*secret;
  std::string path;
};

// One NATS account: how to reach it and which store takes its backups.
struct AccountConfig {
  std::string name{kDefaultAccount};  // its label inside the repository
  std::string store;                  // name of a store; empty: the only one

  std::vector<std::string> servers{"nats://127.0.0.1:4222"};
  std::string context;  // name or .json path of a context of the nats command line
  // At most one way to log in.
  std::string user;
  std::string password;
  std::string token;
  std::string creds;     // path of a credentials file
  std::string nkey;      // path of a file that holds an nkey seed
  std::string jwt;       // a user's JWT itself, with
  std::string seed;      // the seed itself
  std::string tls_ca;    // paths of PEM files
  std::string tls_cert;  //
  std::string tls_key;   //
  std::string inbox_prefix;
  std::string js_domain;
  std::string js_api_prefix;
  std::string connection_name = "jetkeep";
  std::chrono::milliseconds timeout{std::chrono::seconds(5)};  // of one request and its answer
  // Which accounts clients of this one may ask for: "own"; "all"; "none": Jetkeep takes no requests
  // here.
  std::string control = "own";
  std::vector<SecretFile> secret_files = {};  // where secrets above came from
};

// One place for backups.
struct StoreConfig {
  std::string name = "default";
  std::string kind = "posix";
  std::string path;                    // a directory; created by `serve` if it is absent
  std::uint32_t attempts = 1;          // at an operation that fails for a passing reason
  std::uint64_t bytes_per_second = 0;  // read and written, together; 0: no bound
};

struct Config {
  std::vector<AccountConfig> accounts{AccountConfig{}};  // never empty; names are unique
  std::vector<StoreConfig> stores{StoreConfig{}};        // never empty; names are unique

  // Where data waits that does not fit in memory while the store is slow.
  std::string scratch_dir;                    // empty: the directory for temporary files
  std::uint64_t scratch_memory = 8ULL << 20;  // of one job
  std::uint64_t scratch_limit = 4ULL << 30;   // of one job; 0: no scratch files at all

  // Control subjects and jobs.
  std::string subject_prefix;
  std::uint32_t max_jobs = kDefaultMaxJobs;  // of all accounts together
  // Requests that are switched off: "restore", "delete", "prune", "republish".
  std::vector<std::string> refuse = {};

  Compression compression;
  std::uint64_t backup_rate = 0;      // bytes a second, all backups together; 0: no bound
  std::uint64_t restore_rate = 0;     // the same of restores
  std::uint64_t snapshot_chunk = 0;   // bytes; 0: by the distance of the server
  std::uint64_t snapshot_window = 0;  // bytes; 0: the server's default
  std::chrono::milliseconds idle_timeout = SnapshotOptions{}.idle_timeout;
  std::uint32_t restore_in_flight = RestoreOptions{}.chunks_in_flight;
  std::uint64_t restore_chunk = RestoreOptions{}.chunk_bytes;

  std::uint32_t retry_attempts = kDefaultAttempts;
  std::chrono::milliseconds retry_first_delay = kDefaultFirstDelay;
  std::chrono::milliseconds retry_max_delay = kDefaultLongestDelay;

  std::string http_listen;  // where metrics and health are served; empty: nowhere

  std::string push_metrics;  // the URL that takes how a command ended; empty: none

  std::string log_level = "info";
  std::string log_format = "text";
  std::chrono::milliseconds shutdown_grace{std::chrono::seconds(10)};

  // The one account of a command, and of a service with one account.
  const AccountConfig& account() const { return accounts.front(); }
  // The store of an account that LoadConfig has checked.
  const StoreConfig& StoreOf(const AccountConfig& account) const {
    for (const StoreConfig& store : stores) {
      if (store.name == account.store) return store;
    }
    return stores.front();
  }
};

}  // namespace jetkeep

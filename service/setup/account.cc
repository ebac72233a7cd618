#include "service/setup/account.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "service/engine/engine.h"
#include "service/setup/connection_settings.h"

namespace jetkeep {
namespace {

EngineOptions EngineOptionsFrom(const Config& config) {
  EngineOptions options;
  options.snapshot.chunk_bytes = static_cast<std::uint32_t>(config.snapshot_chunk);
  options.snapshot.window_bytes = config.snapshot_window;
  options.snapshot.idle_timeout = config.idle_timeout;
  options.spool.memory_limit = config.scratch_memory;
  options.spool.scratch_limit = config.scratch_limit;
  options.spool.scratch_directory = ScratchDirectory(config);
  options.restore.chunks_in_flight = config.restore_in_flight;
  options.restore.chunk_bytes = config.restore_chunk;
  options.retry.attempts = static_cast<int>(config.retry_attempts);
  options.retry.first = config.retry_first_delay;
  options.retry.longest = config.retry_max_delay;
  options.recover_restores = true;
  options.thread_hook = NatsThreadHook();
  return options;
}

JetStreamOptions JetStreamOptionsFrom(const AccountConfig& account, TransferPaces* paces) {
  JetStreamOptions options;
  options.api_prefix = account.js_api_prefix;
  options.domain = account.js_domain;
  options.request_timeout = account.timeout;
  if (paces == nullptr) return options;
  options.backup_pace = &paces->backup;
  options.restore_pace = &paces->restore;
  return options;
}

}  // namespace

std::string ScratchDirectory(const Config& config) {
  if (!config.scratch_dir.empty()) return config.scratch_dir;
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::temp_directory_path(error);
  return error ? "/tmp" : directory.string();
}

Result<std::unique_ptr<Account>> ConnectAccount(const Config& config, const AccountConfig& account,
                                                ConnectionObserver observer, TransferPaces* paces) {
  auto opened = std::make_unique<Account>();
  opened->name = account.name;
  JETKEEP_ASSIGN(ConnectionOptions options, ConnectionOptionsFrom(account));
  options.connect_later = config.accounts.size() > 1;
  JETKEEP_ASSIGN(opened->connection, Connection::Open(options, std::move(observer), [account] {
                   return RefreshedOptionsFrom(account);
                 }));
  JETKEEP_ASSIGN(opened->server, JetStreamClient::Create(*opened->connection,
                                                         JetStreamOptionsFrom(account, paces)));
  opened->gate = std::make_shared<StreamGate>();
  return opened;
}

Result<std::unique_ptr<Account>> OpenAccount(const Config& config, const AccountConfig& account,
                                             Repository& repository, ConnectionObserver observer,
                                             TransferPaces* paces) {
  JETKEEP_ASSIGN(auto opened, ConnectAccount(config, account, std::move(observer), paces));
  opened->engine = MakeOwnEngine(config, *opened, repository);
  return opened;
}

std::unique_ptr<Engine> MakeOwnEngine(const Config& config, const Account& account,
                                      Repository& repository) {
  EngineOptions options = EngineOptionsFrom(config);
  options.gate = account.gate;
  return MakeEngine(*account.server, repository, options);
}

std::unique_ptr<Engine> MakeEngineInto(const Config& config, const Account& target,
                                       Repository& repository, Repository* own) {
  EngineOptions options = EngineOptionsFrom(config);
  options.server_account = target.name;
  options.server_repository = own;
  options.gate = target.gate;
  return MakeEngine(*target.server, repository, options);
}

}  // namespace jetkeep

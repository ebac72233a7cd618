#include "service/setup/account.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "service/engine/engine.h"
#include "service/setup/connection_settings.h"

namespace jetkeep {
namespace {

std::string ScratchDirectory(const Config& config) {
  if (!config.scratch_dir.empty()) return config.scratch_dir;
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::temp_directory_path(error);
  return error ? "/tmp" : directory.string();
}

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

JetStreamOptions JetStreamOptionsFrom(const AccountConfig& account) {
  JetStreamOptions options;
  options.api_prefix = account.js_api_prefix;
  options.domain = account.js_domain;
  options.request_timeout = account.timeout;
  return options;
}

}  // namespace

Result<std::unique_ptr<Account>> OpenAccount(const Config& config, const AccountConfig& account,
                                             Repository& repository, ConnectionObserver observer) {
  auto opened = std::make_unique<Account>();
  opened->name = account.name;
  JETKEEP_ASSIGN(const ConnectionOptions options, ConnectionOptionsFrom(account));
  JETKEEP_ASSIGN(opened->connection, Connection::Open(options, std::move(observer)));
  JETKEEP_ASSIGN(opened->server,
                 JetStreamClient::Create(*opened->connection, JetStreamOptionsFrom(account)));
  opened->engine = MakeEngine(*opened->server, repository, EngineOptionsFrom(config));
  return opened;
}

}  // namespace jetkeep

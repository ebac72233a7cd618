#include "service/setup/engine_settings.h"

#include <filesystem>
#include <optional>
#include <system_error>

namespace jetkeep {
namespace {

std::optional<int> LevelOf(const Compression& compression) {
  switch (compression.preset) {
    case Compression::Preset::kFastest:
      return kFastestLevel;
    case Compression::Preset::kDefault:
      return std::nullopt;
    case Compression::Preset::kBest:
      return kBestLevel;
    case Compression::Preset::kLevel:
      break;
  }
  return compression.level;
}

}  // namespace

EngineOptions EngineOptionsFrom(const Config& config) {
  EngineOptions options;
  options.snapshot.chunk_bytes = static_cast<std::uint32_t>(config.snapshot_chunk);
  options.snapshot.window_bytes = config.snapshot_window;
  options.snapshot.idle_timeout = config.idle_timeout;
  options.spool.memory_limit = config.scratch_memory;
  options.spool.scratch_limit = config.scratch_limit;
  if (!config.scratch_dir.empty()) {
    options.spool.scratch_directory = config.scratch_dir;
  } else {
    std::error_code error;
    const std::filesystem::path directory = std::filesystem::temp_directory_path(error);
    options.spool.scratch_directory = error ? "/tmp" : directory.string();
  }
  options.restore.chunks_in_flight = config.restore_in_flight;
  options.restore.chunk_bytes = config.restore_chunk;
  options.retry.attempts = static_cast<int>(config.retry_attempts);
  options.retry.first = config.retry_first_delay;
  options.retry.longest = config.retry_max_delay;
  return options;
}

RepositoryOptions RepositoryOptionsFrom(const Config& config) {
  RepositoryOptions options;
  options.account = config.account;
  options.writer.zstd_level = LevelOf(config.compression);
  options.writer.keep_pieces = config.compression.preset == Compression::Preset::kFastest;
  return options;
}

}  // namespace jetkeep

// The settings of the engine; the defaults suit most installations.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "jetkeep/clock.h"
#include "jetkeep/jetstream.h"
#include "service/engine/backup/cut_limits.h"
#include "service/work/backoff.h"
#include "service/work/chunk_spool.h"
#include "service/work/thread_pool.h"

namespace jetkeep {

class Repository;
class StreamGate;

struct EngineOptions {
  const WallClock* clock = &SystemClock();  // outlives the engine
  SnapshotOptions snapshot;
  ChunkSpoolOptions spool;
  CutLimits cut;
  RestoreOptions restore;
  BackoffOptions retry;
  // The server's verdict on a restore can take long: it may have to unpack the whole archive first.
  std::chrono::milliseconds restore_verdict_timeout{std::chrono::hours(1)};
  // How long the replicas and consumers of a restored stream may take to become current.
  std::chrono::milliseconds current_timeout{std::chrono::minutes(10)};
  // For the threads of sets, which ask the server.
  ThreadHook thread_hook = {};
  // Whether restores whose process died are cleaned up: a service does so, a command that reads a
  // repository does not.
  bool recover_restores = false;
  // Where the server is not that of the account whose backups the repository holds: the label of
  // the account that it is; restores go there.
  std::string server_account = {};
  // The repository of that account's own backups, which are told of its restored streams; outlives
  // the engine. Null: the engine's.
  Repository* server_repository = nullptr;
  // Of the server's streams; shared by all engines of this process that work on them. Null: the
  // engine is the only one.
  std::shared_ptr<StreamGate> gate = {};
};

}  // namespace jetkeep

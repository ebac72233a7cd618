// Engine: what the control subjects and the command line ask for. The one implementation is
// service/engine.
//
// Thread-safety: all members may be called from any thread. Backup, Restore and Verify run to their
// end on the calling thread (a job's own) and start their stages on threads of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/cancel.h"
#include "jetkeep/error.h"

namespace jetkeep {

struct JobProgress {
  std::uint64_t messages_done = 0;
  std::uint64_t messages_expected = 0;  // 0: not yet known
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_expected = 0;
};

// Takes what happens inside a running job; called on threads of the engine, one call at a time.
// OnProgress may come thousands of times a second and must be cheap: whoever publishes, thins it
// out.
class JobObserver {
 public:
  virtual ~JobObserver() = default;
  virtual void OnStarted(const std::string& backup_id, const std::string& stream) = 0;
  virtual void OnProgress(const JobProgress& progress) = 0;
  // The attempt failed with something that passes; the next one starts after delay_ms.
  virtual void OnRetry(int attempt, const Error& reason, std::int64_t delay_ms) = 0;
};

struct BackupSpec {
  std::string stream;
  bool accept_damaged =
      false;  // a damaged stream ends as completed (condition damaged), not as failed
  friend bool operator==(const BackupSpec&, const BackupSpec&) = default;
};

struct RestoreSpec {
  std::string backup;  // an id; or empty, and
  std::string stream;  // the stream whose newest complete backup is meant
  // With `stream`: take the newest usable backup although a newer one cannot be used.
  bool allow_older = false;
  // Leave out what the server's version cannot honour of the configuration, and report it.
  bool drop_unknown = false;
  // Restore without the consumers that the server refuses, and report them.
  bool skip_refused_consumers = false;
  friend bool operator==(const RestoreSpec&, const RestoreSpec&) = default;
};

struct VerifySpec {
  std::string backup;  // an id; empty: all backups (of `stream`, if that is set)
  std::string stream;
  bool drill = false;
  friend bool operator==(const VerifySpec&, const VerifySpec&) = default;
};

struct DeleteSpec {
  std::string backup;
  bool last = false;  // also if no backup of its stream that is as good is left then
};

struct BackupReport {
  BackupSummary backup;
  double duration_seconds = 0;
  int attempts = 1;
  std::vector<std::string> warnings;
};

struct RestoreReport {
  BackupSummary backup;
  std::string stream;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t consumers = 0;
  std::uint64_t sent_bytes = 0;  // of the archive, as it crossed the wire
  double duration_seconds = 0;
  int attempts = 1;
  std::vector<std::string> warnings;
};

struct VerifyReport {
  std::uint64_t backups = 0;
  std::uint64_t damaged = 0;
  std::uint64_t bytes_read = 0;
  double duration_seconds = 0;
  std::vector<std::string> findings;  // each names backup, file, block and the sequences lost
  std::vector<std::string> warnings;  // what a person should know of backups that are not damaged
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual Result<BackupReport> Backup(const BackupSpec& spec, JobObserver& observer,
                                      const CancelToken& cancel) = 0;
  virtual Result<RestoreReport> Restore(const RestoreSpec& spec, JobObserver& observer,
                                        const CancelToken& cancel) = 0;
  virtual Result<VerifyReport> Verify(const VerifySpec& spec, JobObserver& observer,
                                      const CancelToken& cancel) = 0;
  // kStreamNotFound if the server is sure to have no such stream; asked before a request for a
  // backup becomes a job, so that a wrong name is answered at once. Any other outcome lets the job
  // be tried.
  virtual Status CheckStream(const std::string& stream) {
    static_cast<void>(stream);
    return {};
  }
  // An empty stream means all.
  virtual Result<BackupListing> List(const std::string& stream) = 0;
  virtual Result<BackupDetails> Show(const std::string& backup_id) = 0;
  // kLastBackup without `last`, if no backup of the stream that is as good would be left.
  virtual Status Delete(const DeleteSpec& spec) = 0;
};

}  // namespace jetkeep

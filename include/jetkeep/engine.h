// Engine: what the control subjects and the command line ask for. The one implementation is
// service/engine.
//
// Thread-safety: all members may be called from any thread. Backup, Restore and Verify run to their
// end on the calling thread (a job's own) and start their stages on threads of their own.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/backup.h"
#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/job.h"

namespace jetkeep {

// Receives what happens inside a running job; called on the engine's threads, one call at a time.
// OnProgress may be called thousands of times a second and must be cheap: a publisher limits the
// rate.
class JobObserver {
 public:
  virtual ~JobObserver() = default;
  virtual void OnStarted(const std::string& backup_id, const std::string& stream) = 0;
  virtual void OnProgress(const JobProgress& progress) = 0;
  // The attempt failed with a temporary error; the next one starts after delay_ms.
  virtual void OnRetry(int attempt, const Error& reason, std::int64_t delay_ms) = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual Result<BackupReport> Backup(const BackupSpec& spec, JobObserver& observer,
                                      const CancelToken& cancel) = 0;
  virtual Result<RestoreReport> Restore(const RestoreSpec& spec, JobObserver& observer,
                                        const CancelToken& cancel) = 0;
  // What Restore would do, by the checks that it makes before it sends anything; reads every stored
  // byte of the backup. Changes nothing, neither on the server nor in the repository.
  virtual Result<RestorePreview> PreviewRestore(const RestoreSpec& spec,
                                                const CancelToken& cancel) = 0;
  virtual Result<VerifyReport> Verify(const VerifySpec& spec, JobObserver& observer,
                                      const CancelToken& cancel) = 0;
  // kStreamNotFound if the server certainly has no such stream; asked before a request for a
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

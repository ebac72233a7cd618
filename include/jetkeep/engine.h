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
#include "jetkeep/diff.h"
#include "jetkeep/drift.h"
#include "jetkeep/error.h"
#include "jetkeep/job.h"
#include "jetkeep/message.h"
#include "jetkeep/prune.h"
#include "jetkeep/republish.h"
#include "jetkeep/stats.h"

namespace jetkeep {

// Receives what happens inside a running job; called on the engine's threads, one call at a time.
// OnProgress may be called thousands of times a second and must be cheap: a publisher limits the
// rate.
class JobObserver {
 public:
  virtual ~JobObserver() = default;
  // backup_id: that of the set, where the job is about one.
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
  // A set that lacks streams is kept all the same; its condition says so.
  virtual Result<BackupSetReport> BackupSet(const BackupSetSpec& spec, JobObserver& observer,
                                            const CancelToken& cancel) = 0;
  // Without keep_going an error means that no stream was restored, or says what could not be
  // removed again.
  virtual Result<RestoreSetReport> RestoreSet(const RestoreSetSpec& spec, JobObserver& observer,
                                              const CancelToken& cancel) = 0;
  // What RestoreSet would do, by its own checks. Changes nothing.
  virtual Result<RestoreSetPreview> PreviewRestoreSet(const RestoreSetSpec& spec,
                                                      const CancelToken& cancel) {
    static_cast<void>(spec);
    static_cast<void>(cancel);
    return Fail(Errc::kInternal, "this engine previews no restore of a set");
  }
  // Publishes messages of a backup as new ones. An error says which sequences are in doubt.
  virtual Result<RepublishReport> Republish(const RepublishSpec& spec, JobObserver& observer,
                                            const CancelToken& cancel) = 0;
  // kStreamNotFound if a pattern is sure to match no stream of the server; any other outcome lets
  // the job be tried.
  virtual Status CheckSelection(const SetSelection& selection) {
    static_cast<void>(selection);
    return {};
  }
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
  // kLastBackup without `last`, if no backup of the stream that is as good would be left; kInSet
  // without `from_sets`, if a set names it; kPinned.
  virtual Status Delete(const DeleteSpec& spec) = 0;

  // Messages of a backup, read without restoring it. kMessageNotFound.
  virtual Result<BackupMessage> Get(const MessageReference& reference) = 0;
  virtual Result<MessagePage> Messages(const PageRequest& request, const CancelToken& cancel) = 0;
  // Counts the messages of a backup: reads all of it that the selection may be in.
  virtual Result<BackupStats> Stats(const StatsSpec& spec, const CancelToken& cancel) = 0;
  // Compares a backup with another one, or with the living stream, without changing anything.
  // Differences are no error. kStreamNotFound, kStreamChanged.
  virtual Result<DiffReport> Diff(const DiffSpec& spec, const CancelToken& cancel) = 0;

  virtual Result<SetListing> Sets() = 0;
  virtual Result<SetDetails> ShowSet(const std::string& set_id) = 0;
  // The set and its backups, but for those that another set names or that are pinned. kPinned:
  // nothing was deleted. kLastBackup without `last`: the same.
  virtual Result<DeletedSet> DeleteSet(const std::string& set_id, bool last) = 0;
  // Pinning again, and unpinning what is not pinned, change nothing.
  virtual Status Pin(const PinSpec& spec) = 0;
  virtual Status Unpin(const PinSpec& spec) = 0;
  // Compares configurations with the account as it is now. Differences are no error. Changes
  // nothing.
  virtual Result<DriftReport> CheckDrift(const DriftSpec& spec, const CancelToken& cancel) = 0;
  // Removes what the rules do not keep; in a dry run only says what that is. An error: nothing was
  // removed. kBackupInUse while a set is being made.
  virtual Result<PruneReport> Prune(const PruneSpec& spec, const CancelToken& cancel) = 0;
};

}  // namespace jetkeep

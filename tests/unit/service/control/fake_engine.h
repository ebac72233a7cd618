// FakeEngine: an engine that does nothing but what a test tells it, for tests of the control
// service.
//
// Streams named SLOW* run until cancelled or released; MISSING is not on the server; BROKEN fails;
// RETRY fails once; a verify of LONG finds much. Of a set, streams named BROKEN fail; a selection
// of NONE* chooses nothing; there is one set, kSetId. Thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "jetkeep/engine.h"

namespace jetkeep::testing {

inline constexpr const char* kSetId = "set-20261121T012410Z-7k2m9qdx";

class FakeEngine : public Engine {
 public:
  Result<BackupReport> Backup(const BackupSpec& spec, JobObserver& observer,
                              const CancelToken& cancel) override;
  Result<RestoreReport> Restore(const RestoreSpec& spec, JobObserver& observer,
                                const CancelToken& cancel) override;
  // Of backup "none": kBackupNotFound. "refused": with two refusals. SLOW: until cancelled.
  Result<RestorePreview> PreviewRestore(const RestoreSpec& spec,
                                        const CancelToken& cancel) override;
  Result<VerifyReport> Verify(const VerifySpec& spec, JobObserver& observer,
                              const CancelToken& cancel) override;
  Status CheckStream(const std::string& stream) override;
  Result<BackupListing> List(const std::string& stream) override;
  Result<BackupDetails> Show(const std::string& backup_id) override;
  // Message 1 is "created"; 2 is of 2 MiB; others are not there.
  Result<BackupMessage> Get(const MessageReference& reference) override;
  // Ten from the first on, of 200 KiB each, up to sequence 100.
  Result<MessagePage> Messages(const PageRequest& request, const CancelToken& cancel) override;
  // Of backup "none": kBackupNotFound. Else `differences` subjects.
  Result<BackupStats> Stats(const StatsSpec& spec, const CancelToken& cancel) override;
  // Of backup "none": kBackupNotFound. Else `differences` messages that only A has.
  Result<DiffReport> Diff(const DiffSpec& spec, const CancelToken& cancel) override;
  Status Delete(const DeleteSpec& spec) override;
  Result<BackupSetReport> BackupSet(const BackupSetSpec& spec, JobObserver& observer,
                                    const CancelToken& cancel) override;
  Result<RestoreSetReport> RestoreSet(const RestoreSetSpec& spec, JobObserver& observer,
                                      const CancelToken& cancel) override;
  Status CheckSelection(const SetSelection& selection) override;
  Result<SetListing> Sets() override;
  Result<SetDetails> ShowSet(const std::string& set_id) override;
  Result<DeletedSet> DeleteSet(const std::string& set_id, bool last) override;
  // Of all messages but one, with the reserved subjects as warnings; of backup "refused":
  // kNoResponders; "slow": until cancelled.
  Result<RepublishReport> Republish(const RepublishSpec& spec, JobObserver& observer,
                                    const CancelToken& cancel) override;
  Status Pin(const PinSpec& spec) override;
  Status Unpin(const PinSpec& spec) override;
  // Of backup "none": kBackupNotFound. Else one difference of each kind in stream ORDERS, and
  // `differences` more.
  Result<DriftReport> CheckDrift(const DriftSpec& spec, const CancelToken& cancel) override;

  // One set and one backup that stay, one backup that goes.
  Result<PruneReport> Prune(const PruneSpec& spec, const CancelToken& cancel) override;

  void Release() { released_ = true; }
  int runs() const { return runs_; }
  std::size_t consumers = 0;  // of every backup shown
  std::size_t differences = 0;
  std::size_t backups = 1;  // in every list

 private:
  std::atomic<bool> released_ = false;
  std::atomic<int> runs_ = 0;
};

}  // namespace jetkeep::testing

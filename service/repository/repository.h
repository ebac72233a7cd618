// Repository: backups in a Store. Several objects, in one process or in several, may work on
// one root.
//
// Thread-safety: all members may be called from any thread. Ownership: store and workers
// outlive the Repository, it outlives its writers and readers. Errors: those of the Store;
// kRepositoryCorrupt and kRepositoryUnsupported for what is on it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/job.h"
#include "jetkeep/store.h"
#include "protocol/repository/manifest.h"
#include "protocol/repository/repository_header.h"
#include "service/repository/backup_reader.h"
#include "service/repository/backup_writer.h"
#include "service/repository/clean_up.h"
#include "service/repository/last_backup.h"
#include "service/repository/listing.h"
#include "service/repository/look.h"
#include "service/repository/newest_backup.h"
#include "service/repository/pins.h"
#include "service/repository/places_at_work.h"
#include "service/repository/restore_choice.h"
#include "service/repository/restore_mark.h"
#include "service/repository/segments/block_workers.h"
#include "service/repository/sets.h"
#include "service/repository/sets_being_made.h"
#include "service/repository/survey.h"
#include "service/repository/verify.h"

namespace jetkeep {

// Whether a backup goes that a set names.
enum class InSets : std::uint8_t { kKeep, kDelete };

struct RepositoryOptions {
  std::string account = "$G";  // of new backups; for reading, empty means all accounts
  WriterOptions writer;
  LeaseOptions lease;  // of backups and restores under way
};

class Repository {
 public:
  // Makes the repository if the root is empty (but for lost+found).
  static Result<std::unique_ptr<Repository>> OpenOrCreate(Store& store, BlockWorkers& workers,
                                                          RepositoryOptions options,
                                                          std::int64_t now_ns);
  // kRepositoryMissing if there is none. Writes nothing.
  static Result<std::unique_ptr<Repository>> OpenExisting(Store& store, BlockWorkers& workers,
                                                          RepositoryOptions options);

  const RepositoryHeader& header() const { return header_; }
  const std::string& account() const { return options_.account; }

  // An empty stream means all.
  Result<BackupListing> List(const std::string& stream);
  // The same for programs: what cannot be read apart from what can.
  Result<FoundBackups> Find(const std::string& stream);
  // As look.h says.
  Status Look(const LookVisitor& visitor, const CancelToken& cancel) {
    return LookAt(store_, options_.account, visitor, cancel);
  }
  // By file names alone, so that backups whose manifest is damaged are among them; oldest first.
  // What cannot be read is added to `unreadable`; without it, an error if the stream is named, and
  // passed over if not: Survey names it.
  Result<std::vector<std::string>> Ids(const std::string& stream,
                                       std::vector<Error>* unreadable = nullptr);
  // stream, here and below: of the backup, where the caller knows it; the search then does not walk
  // over all others.
  Result<BackupSummary> Summary(const std::string& backup_id, const std::string& stream = {});
  Result<Manifest> Load(const std::string& backup_id, const std::string& stream = {});
  // For the next backup of the stream; see newest_backup.h.
  Result<NewestBackup> FindNewest(const std::string& stream);
  // As restore_choice.h says.
  Result<RestoreChoice> ChooseForRestore(const std::string& stream, bool allow_older,
                                         const std::vector<UnreadableBackup>& unusable = {},
                                         ChosenFor what = ChosenFor::kMessages);

  // lineage: the id of the first backup of this life of the stream; empty: this is the first.
  Result<std::unique_ptr<BackupWriter>> BeginBackup(const std::string& stream,
                                                    const std::string& lineage,
                                                    const std::string& backup_id);

  // The backup cannot be deleted, by anybody, while the reader lives. manifest must outlive it.
  Result<std::unique_ptr<BackupReader>> OpenReader(const Manifest& manifest, ReadRange range = {});

  // Reads every byte of the backup. A damaged backup is not an error but a finding; what could not
  // be read is an error and no finding.
  Result<VerifyResult> Verify(const std::string& backup_id, const CancelToken& cancel,
                              const VerifyProgress& progress = {}, const std::string& stream = {});
  // Reads every stored byte of the backup's segments, several blocks at once, without unpacking:
  // any changed bit, missing, cut, swapped or doubled file is a finding. For before a restore.
  Result<VerifyResult> CheckStored(const Manifest& manifest, const CancelToken& cancel);
  // Keeps the outcome beside the backup, where List shows it; outcomes that it overrules go.
  // seen_ns is what Verify returned; the time becomes later than that of all outcomes that are
  // there.
  Status RecordVerification(const std::string& backup_id, const Verification& verification,
                            const std::string& stream = {});

  // What lies there besides the backups; see survey.h.
  Result<RepositorySurvey> Survey();

  // kBackupInUse while anybody reads the backup; kPinned if it, or a set that names it, is pinned;
  // kInSet if a set names it, unless that is allowed; kLastBackup as last_backup.h says. An error
  // says whether the backup is still there; the result lists what of its files is not removed yet.
  Result<CleanUpResult> Delete(const std::string& backup_id, LastBackup last = LastBackup::kKeep,
                               InSets in_sets = InSets::kKeep, const std::string& stream = {});

  // As Delete, for many backups, whose sets the caller looks at once for all of them. REQUIRES: no
  // set names the backup.
  Result<CleanUpResult> DeleteUnnamed(const std::string& backup_id, const std::string& stream);

  Sets& sets() { return sets_; }
  SetsBeingMade& sets_being_made() { return sets_being_made_; }
  // With what is pinned.
  Result<SetListing> ListSets();
  Result<SetDetails> LoadSet(const std::string& set_id);
  // The set, then its backups, but for those that are pinned or that another set names. kPinned and
  // kLastBackup: nothing was deleted. A set whose document is damaged goes alone.
  Result<DeletedSet> DeleteSet(const std::string& set_id, LastBackup last);
  // The set alone: its backups stay. kPinned; kBackupInUse: it is being pinned or deleted.
  Status ForgetSet(const std::string& set_id);
  // A backup's id or a set's. kBackupNotFound, kSetNotFound.
  Status Pin(const std::string& id, std::int64_t now_ns);
  Status Unpin(const std::string& id);

  // Marks that the stream begins a new life now: the next backup is not of a lineage before.
  Status NoteRestored(const std::string& account, const std::string& stream, std::int64_t now_ns,
                      std::uint64_t random);
  // The id of the newest such mark, comparable to those of backups; empty: there is none.
  Result<std::string> NewestRestore(const std::string& stream);

  // Keeps a record of a restore until it has ended.
  Result<std::unique_ptr<RestoreMark>> MarkRestore(const RestoreRecord& record);
  // Takes the records of restores whose process died or stands still; see restore_mark.h.
  Result<OrphanedRestores> TakeOrphanedRestores(const WantedRestore& wanted);
  Result<bool> HasRestoreMark(const std::string& restore_id);

  // Removes what ended writers left. For the start of a process.
  CleanUpResult CleanUp();
  // The same where somebody was at work when something was to be removed. For every now and then.
  CleanUpResult CleanUpAgain();
  bool HasToCleanUpAgain() const { return !places_.empty(); }
  // After what time without a sign a writer counts as standing still.
  std::chrono::milliseconds lease_ttl() const { return options_.lease.ttl; }

 private:
  Repository(Store& store, BlockWorkers& workers, RepositoryOptions options,
             RepositoryHeader header);
  // Whoever removes a backup by hand asks no lock: what is missing then is no damage.
  Result<std::vector<std::string>> IdsOf(const std::string& account, const std::string& stream,
                                         std::vector<Error>* unreadable);
  Status CheckStillThere(const LineagePath& place, const std::string& id);
  Status CleanUpRoot(CleanUpResult& result);
  CleanUpResult CleanUpPlaces(const std::vector<LineagePath>& places);
  // Why the backup may not go.
  Status CheckFree(const std::string& backup_id, InSets in_sets);
  Status CheckPinnable(const std::string& id);
  Result<bool> ExistsAnywhere(const std::string& id);
  // kSetNotFound: also where it is another account's.
  Result<SetDetails> LoadOwnSet(const std::string& set_id);
  Status CheckNotPinned(const std::string& what, const std::string& id);
  Result<std::unique_ptr<ObjectLock>> LockSet(const std::string& set_id, LockKind kind);
  Result<CleanUpResult> DeleteMember(const std::string& backup_id, const std::string& stream,
                                     LastBackup last);
  Result<CleanUpResult> DeleteLocked(const LineagePath& place, const std::string& backup_id,
                                     LastBackup last);
  // That none of these is the last good backup of its stream.
  Status CheckNotLast(const std::vector<const SetMember*>& members);

  Store& store_;
  BlockWorkers& workers_;
  const RepositoryOptions options_;
  const RepositoryHeader header_;
  Leases leases_;  // of backups
  RestoreMarks marks_;
  PlacesAtWork places_;
  NewestBackups newest_;
  Sets sets_;
  SetsBeingMade sets_being_made_;
  Pins pins_;
};

}  // namespace jetkeep

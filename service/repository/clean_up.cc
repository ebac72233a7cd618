#include "service/repository/clean_up.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "service/repository/backup_claim.h"
#include "service/repository/catalog.h"
#include "service/repository/restored_streams.h"
#include "service/repository/survey.h"
#include "service/repository/verifications.h"
#include "service/store/objects.h"

namespace jetkeep {
namespace {

// The claim of a writer that has ended, or stands still.
struct OrphanedClaim {
  std::unique_ptr<ObjectLock> lock;  // of its pending object; empty: its process still has it
  std::unique_ptr<Lease> lease;      // empty: it had none
};

bool IsFile(const StoreEntry& entry) {
  return entry.kind == EntryKind::kObject || entry.kind == EntryKind::kUnfinished;
}

class LineageCleaner {
 public:
  LineageCleaner(Store& store, Leases& leases, const LineagePath& place, CleanUpResult& result,
                 const std::string& deleted)
      : store_(store), leases_(leases), place_(place), result_(result), deleted_(deleted) {}

  Status Run() {
    // Segments and leases are listed first: whatever is there now had its pending object before.
    JETKEEP_ASSIGN(segments_, ListAll(store_, place_.segments(), {.unfinished = true}));
    JETKEEP_ASSIGN(const auto inside, ListAll(store_, place_.directory(), {.unfinished = true}));
    JETKEEP_ASSIGN(backups_, ListBackups(store_, place_, true));
    TakeOrphanedClaims();
    if (!orphaned_.empty()) JETKEEP_TRY(ListAgain());
    JETKEEP_TRY(RemoveUnpublished());
    JETKEEP_TRY(RemoveSegments());
    JETKEEP_TRY(RemoveOldResults());
    JETKEEP_TRY(ReleaseClaims());
    JETKEEP_TRY(RemoveLeases(inside));
    JETKEEP_TRY(RemoveUnfinishedMarks());
    if (backups_.files.empty() || result_.files_removed > 0) RemoveEmptyDirectories(store_, place_);
    return {};
  }
  bool FoundSomebodyAtWork() const { return !living_.empty(); }

 private:
  // Asked right before each removal: whether the claim of an orphaned backup is still ours, and
  // true for all other backups. Where another clean-up has taken it over, because this process
  // stood still, that one goes on with the backup, and this one with the others.
  Result<bool> StillOurs(const std::string& id) {
    const auto at = orphaned_.find(id);
    if (at == orphaned_.end() || !at->second.lease) return true;
    Status held = at->second.lease->Check();
    if (held) return true;
    if (held.error().code != Errc::kLeaseLost) return Fail(std::move(held).error());
    result_.problems.push_back(std::move(held).error());
    orphaned_.erase(at);
    living_.insert(id);
    return false;
  }
  Status Remove(const std::string& path) {
    JETKEEP_TRY(store_.Remove(path));
    ++result_.files_removed;
    return {};
  }
  Status RemoveUnfinished(const std::string& key, const std::string& upload,
                          WhoseUnfinished whose = WhoseUnfinished::kOfEndedWriters) {
    JETKEEP_ASSIGN(const bool removed, store_.RemoveUnfinished(key, upload, whose));
    if (removed) ++result_.files_removed;
    return {};
  }

  static WhoseUnfinished WhoseOf(bool orphaned) {
    return orphaned ? WhoseUnfinished::kOfAnyWriter : WhoseUnfinished::kOfEndedWriters;
  }

  // What an ended writer made between the listings and the moment its claim was taken. Of a writer
  // that stands still its unfinished manifest has to go before its segments: it may wake up between
  // its last check and the commit.
  Status ListAgain() {
    JETKEEP_ASSIGN(segments_, ListAll(store_, place_.segments(), {.unfinished = true}));
    JETKEEP_ASSIGN(backups_, ListBackups(store_, place_, true));
    for (const BackupFileParts& file : backups_.files) {
      if (file.kind == BackupFileKind::kPending && !orphaned_.contains(file.backup_id)) {
        living_.insert(file.backup_id);
      }
    }
    return {};
  }

  void TakeOrphanedClaims() {
    for (const BackupFileParts& file : backups_.files) {
      if (file.kind != BackupFileKind::kPending) continue;
      auto claim = TakeClaim(file.backup_id);
      if (claim && !*claim) continue;  // it is over meanwhile
      if (claim && (*claim)->has_value()) {
        orphaned_.emplace(file.backup_id, std::move(***claim));
        continue;
      }
      // Not to be had: its writer may live.
      if (!claim) result_.problems.push_back(std::move(claim).error());
      living_.insert(file.backup_id);
    }
  }

  // Outer none: there is no such claim. Inner none: its writer lives, or somebody else is at it.
  using Taken = std::optional<std::optional<OrphanedClaim>>;
  Result<Taken> TakeClaim(const std::string& id) {
    const std::string key = BackupLeaseIn(place_, id);
    JETKEEP_ASSIGN(LockAttempt attempt, store_.TryLock(place_.Pending(id), LockKind::kExclusive));
    if (attempt.absent) return Taken();
    JETKEEP_ASSIGN(const LeaseWatch watch, leases_.Watch(key));
    const bool ended = attempt.lock && store_.locks();
    if (ended) {
      // A copy of another place's, made while that backup was.
      const Result<bool> copy = BelongsElsewhere(store_, place_, id);
      // Its writer has ended: where that is unknown the file stays, and keeps nobody waiting.
      if (!copy) result_.problems.push_back(copy.error());
      if (!copy || *copy) return Taken();
    }
    OrphanedClaim claim{std::move(attempt.lock), nullptr};
    // A writer that has no lease is just beginning, or of jetkeep 0.1: only its lock tells.
    if (watch.sight.generation == 0 && store_.locks()) {
      return Taken(ended ? std::optional(std::move(claim)) : std::nullopt);
    }
    // Where no lock tells, only time does.
    if (watch.sight.generation == 0 && watch.still < leases_.ttl()) {
      return Taken(std::optional<OrphanedClaim>());
    }
    // The lock tells of the writer's own process, not of those that took its place.
    auto lease =
        ended && watch.sight.generation <= 1 ? leases_.TakeOver(key) : leases_.TryAcquire(key);
    if (!lease) return Fail(std::move(lease).error());
    if (!*lease) return Taken(std::optional<OrphanedClaim>());
    // Whoever had the lease may have ended and erased it just now: then this one begins its key
    // anew, for a backup that is over. The pending object goes before the lease does.
    JETKEEP_ASSIGN(const bool pending, store_.Exists(place_.Pending(id)));
    if (!pending) {
      static_cast<void>((*lease)->Erase());
      return Taken();
    }
    claim.lease = std::move(*lease);
    return Taken(std::move(claim));
  }

  Status ReleaseClaims() {
    while (!orphaned_.empty()) {
      const std::string id = orphaned_.begin()->first;
      JETKEEP_ASSIGN(const bool ours, StillOurs(id));
      if (!ours) continue;
      JETKEEP_TRY(Remove(place_.Pending(id)));
      const auto claim = orphaned_.extract(id);
      if (claim.mapped().lease) static_cast<void>(claim.mapped().lease->Erase());
    }
    return {};
  }

  // Those of writers that have ended without removing theirs. Leases were listed first, and a
  // writer makes its pending object before its lease.
  Status RemoveLeases(const std::vector<StoreEntry>& inside) {
    for (const StoreEntry& entry : inside) {
      const auto lease = ParseLeaseFile(entry.name);
      const std::string id = lease ? BackupIdOfLease(lease->key) : std::string();
      if (id.empty() || !IsFile(entry)) continue;
      const std::string key = place_.directory() + "/" + entry.name;
      if (entry.kind == EntryKind::kUnfinished) {
        JETKEEP_TRY(RemoveUnfinished(key, entry.upload));
      } else if (!backups_.Has(BackupFileKind::kPending, id)) {
        JETKEEP_TRY(Remove(key));
      }
    }
    return {};
  }

  Status RemoveUnfinishedMarks() {
    JETKEEP_ASSIGN(const auto entries,
                   ListAll(store_, place_.stream_directory(), {.unfinished = true}));
    for (const StoreEntry& entry : entries) {
      if (entry.kind != EntryKind::kUnfinished || !ParseRestoredName(entry.name)) continue;
      JETKEEP_TRY(RemoveUnfinished(place_.stream_directory() + "/" + entry.name, entry.upload));
    }
    return {};
  }

  Status RemoveUnpublished() {
    for (const StoreEntry& entry : backups_.unfinished) {
      const auto parts = ParseBackupFile(entry.name);
      const bool orphaned = parts && orphaned_.contains(parts->backup_id);
      if (parts->kind == BackupFileKind::kManifest) {
        JETKEEP_ASSIGN(const bool over, IsOver(parts->backup_id));
        if (!over) continue;
        JETKEEP_ASSIGN(const bool ours, StillOurs(parts->backup_id));
        if (!ours) continue;
      }
      JETKEEP_TRY(RemoveUnfinished(place_.backups() + "/" + entry.name, entry.upload,
                                   WhoseOf(orphaned && parts->kind == BackupFileKind::kManifest)));
    }
    return {};
  }

  // Whether no living writer makes the backup any more.
  Result<bool> IsOver(const std::string& id) {
    if (living_.contains(id)) return false;
    if (orphaned_.contains(id)) return true;
    JETKEEP_ASSIGN(const bool pending, store_.Exists(place_.Pending(id)));
    return !pending;
  }

  Status RemoveSegments() {
    for (const StoreEntry& entry : segments_) {
      const auto name = ParseSegmentName(entry.name);
      const bool unfinished = entry.kind == EntryKind::kUnfinished;
      if (!name || !IsFile(entry)) continue;
      const std::string& id = name->backup_id;
      JETKEEP_ASSIGN(const bool over, IsOver(id));
      if (!over) continue;
      const std::string key = place_.segments() + "/" + entry.name;
      if (unfinished) {
        JETKEEP_ASSIGN(const bool ours, StillOurs(id));
        if (!ours) continue;
        JETKEEP_TRY(RemoveUnfinished(key, entry.upload, WhoseOf(orphaned_.contains(id))));
        continue;
      }
      // Asked again, after the pending object was seen to be gone, or its claim was taken: the
      // manifest is published before that.
      JETKEEP_ASSIGN(const bool published, store_.Exists(place_.Manifest(id)));
      if (published) continue;
      // A later backup of the lineage may need it; a living writer may be about to name it.
      JETKEEP_TRY(LoadNamed());
      if (unsure_ || named_.contains(entry.name)) continue;
      if (!living_.empty() && !orphaned_.contains(id)) continue;
      JETKEEP_ASSIGN(const bool copy, IsCopy(id));
      if (copy) continue;
      JETKEEP_TRY(MakeRemovalsDurable());
      JETKEEP_ASSIGN(const bool ours, StillOurs(id));
      if (ours) JETKEEP_TRY(Remove(key));
    }
    return {};
  }

  // A copy of another lineage's segment is not ours to remove, nor one whose manifest may only have
  // another name for a while.
  Result<bool> IsCopy(const std::string& id) {
    if (id == deleted_ || orphaned_.contains(id)) return false;
    if (backups_.HasUnknown(id)) return true;
    const auto known = copies_.find(id);
    if (known != copies_.end()) return known->second;
    JETKEEP_ASSIGN(const bool elsewhere, BelongsElsewhere(store_, place_, id));
    return copies_[id] = elsewhere;
  }

  // A manifest that is removed but comes back with a loss of power must find its segments.
  Status MakeRemovalsDurable() {
    if (std::exchange(durable_, true)) return {};
    return store_.Flush(place_.backups());
  }

  // Which segments the manifests of the lineage name. A manifest that cannot be read names unknown
  // ones.
  Status LoadNamed() {
    if (std::exchange(loaded_, true)) return {};
    for (const BackupFileParts& file : backups_.files) {
      if (file.kind != BackupFileKind::kManifest) continue;
      const auto manifest = ReadManifest(store_, place_, file.backup_id);
      // Deleted meanwhile, or a copy of another place's.
      if (!manifest && manifest.error().code == Errc::kBackupNotFound) continue;
      if (!manifest) {
        unsure_ = true;
        continue;
      }
      for (const SegmentRef& segment : manifest->segments) named_.insert(segment.name);
    }
    return {};
  }

  // Verification results that another one overrules, or of a backup that is gone.
  Status RemoveOldResults() {
    for (const auto& [id, results] : ResultsById(backups_)) {
      JETKEEP_ASSIGN(const bool published, store_.Exists(place_.Manifest(id)));
      JETKEEP_ASSIGN(const std::vector<BackupFileParts> old,
                     published ? OverruledResults(id, results) : ResultsOfNothing(id, results));
      for (const BackupFileParts& file : old) {
        JETKEEP_TRY(Remove(place_.Verified(id, file.time_ns)));
      }
    }
    return {};
  }

  Result<std::vector<BackupFileParts>> OverruledResults(const std::string& id,
                                                        const BackupFiles& results) {
    std::vector<BackupFileParts> none;
    if (results.files.size() < 2) return none;
    const auto own = ReadSummary(store_, place_, id);
    if (!own && own.error().code == Errc::kBackupNotFound) return none;  // copies
    return ReadVerifications(store_, place_, id, results).overruled;
  }

  // All, unless the manifest has another name for a while, or lies elsewhere.
  Result<std::vector<BackupFileParts>> ResultsOfNothing(const std::string& id,
                                                        const BackupFiles& results) {
    JETKEEP_ASSIGN(const bool copy, IsCopy(id));
    return copy ? std::vector<BackupFileParts>() : results.files;
  }

  Store& store_;
  Leases& leases_;
  const LineagePath& place_;
  CleanUpResult& result_;
  const std::string& deleted_;
  std::vector<StoreEntry> segments_;
  BackupFiles backups_;
  std::map<std::string, OrphanedClaim> orphaned_;  // by the id of the backup
  std::set<std::string> living_;
  std::map<std::string, bool> copies_;  // by the id of the backup
  std::set<std::string> named_;
  bool durable_ = false;
  bool loaded_ = false;
  bool unsure_ = false;
};

}  // namespace

void CleanUpLineage(Store& store, Leases& leases, const LineagePath& place, CleanUpResult& result,
                    const std::string& deleted) {
  LineageCleaner cleaner(store, leases, place, result, deleted);
  Status cleaned = cleaner.Run();
  if (!cleaned) result.problems.push_back(std::move(cleaned).error());
  if (cleaner.FoundSomebodyAtWork()) result.at_work.push_back(place);
}

void RemoveEmptyDirectories(Store& store, const LineagePath& place) {
  // What is not empty stays. backups/ goes first: where a writer lives, it is not empty.
  if (!store.Tidy(place.backups()) || !store.Tidy(place.segments())) return;
  if (!store.Tidy(place.directory())) return;
  // Marks of restores are of use only beside backups.
  const auto entries = ListAll(store, place.stream_directory());
  const bool only_marks =
      entries && std::all_of(entries->begin(), entries->end(), [](const StoreEntry& entry) {
        return ParseRestoredName(entry.name).has_value();
      });
  if (only_marks) RemoveRestoredMarks(store, place.stream_directory());
  store.Tidy(place.stream_directory());
}

}  // namespace jetkeep

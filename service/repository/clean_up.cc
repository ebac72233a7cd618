#include "service/repository/clean_up.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "service/repository/catalog.h"
#include "service/repository/restored_streams.h"
#include "service/repository/survey.h"
#include "service/repository/verifications.h"

namespace jetkeep {
namespace {

class LineageCleaner {
 public:
  LineageCleaner(FileSystem& files, const LineagePath& place, CleanUpResult& result,
                 const std::string& deleted)
      : files_(files), place_(place), result_(result), deleted_(deleted) {}

  Status Run() {
    // Segments are listed first: whatever is there now had its pending file locked before.
    JETKEEP_ASSIGN(segments_, ListIfThere(files_, place_.segments()));
    JETKEEP_ASSIGN(backups_, ListBackups(files_, place_));
    LockOrphanedWriters();
    JETKEEP_TRY(RemoveUnpublished());
    JETKEEP_TRY(RemoveSegments());
    JETKEEP_TRY(RemoveOldResults());
    for (const auto& [id, lock] : orphaned_) JETKEEP_TRY(Remove(place_.Pending(id)));
    orphaned_.clear();
    if (backups_.files.empty() || result_.files_removed > 0) RemoveEmptyDirectories(files_, place_);
    return {};
  }

 private:
  Status Remove(const std::string& path) {
    JETKEEP_TRY(files_.Remove(path));
    ++result_.files_removed;
    return {};
  }

  void LockOrphanedWriters() {
    for (const BackupFileParts& file : backups_.files) {
      if (file.kind != BackupFileKind::kPending) continue;
      const std::string path = place_.Pending(file.backup_id);
      auto lock = files_.TryLock(path, LockKind::kExclusive);
      if (lock && *lock) {
        orphaned_.emplace(file.backup_id, std::move(*lock));
        continue;
      }
      if (!lock) {
        const auto exists = files_.Exists(path);
        if (exists && !*exists) continue;
        // Not to be had: its writer may live.
        result_.problems.push_back(std::move(lock).error());
      }
      living_.insert(file.backup_id);
    }
  }

  Status RemoveUnpublished() {
    for (const BackupFileParts& file : backups_.files) {
      if (!file.temporary) continue;
      if (file.kind == BackupFileKind::kManifest) {
        JETKEEP_ASSIGN(const bool finished, IsOver(file.backup_id));
        if (!finished) continue;
        JETKEEP_TRY(Remove(place_.Manifest(file.backup_id) + std::string(kTemporarySuffix)));
      } else {
        JETKEEP_TRY(
            Remove(place_.Verified(file.backup_id, file.time_ns) + std::string(kTemporarySuffix)));
      }
    }
    return {};
  }

  // Whether no living writer makes the backup any more.
  Result<bool> IsOver(const std::string& id) {
    if (living_.contains(id)) return false;
    if (orphaned_.contains(id)) return true;
    JETKEEP_ASSIGN(const bool pending, files_.Exists(place_.Pending(id)));
    return !pending;
  }

  Status RemoveSegments() {
    for (const DirectoryEntry& entry : segments_) {
      const auto name = ParseSegmentName(entry.name);
      if (!name || entry.kind != EntryKind::kFile) continue;
      JETKEEP_ASSIGN(const bool over, IsOver(name->backup_id));
      if (!over) continue;
      // Asked again, after the pending file was seen to be gone: the manifest is published before
      // that.
      JETKEEP_ASSIGN(const bool published, files_.Exists(place_.Manifest(name->backup_id)));
      if (published && !name->temporary) continue;
      if (!name->temporary) {
        // A later backup of the lineage may need it; a living writer may be about to name it.
        JETKEEP_TRY(LoadNamed());
        if (unsure_ || named_.contains(entry.name)) continue;
        if (!living_.empty() && !orphaned_.contains(name->backup_id)) continue;
        JETKEEP_ASSIGN(const bool copy, IsCopy(name->backup_id));
        if (copy) continue;
        JETKEEP_TRY(MakeRemovalsDurable());
      }
      JETKEEP_TRY(Remove(place_.segments() + "/" + entry.name));
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
    JETKEEP_ASSIGN(const bool elsewhere, BelongsElsewhere(files_, place_, id));
    return copies_[id] = elsewhere;
  }

  // A manifest that is removed but comes back with a loss of power must find its segments.
  Status MakeRemovalsDurable() {
    if (std::exchange(durable_, true)) return {};
    Status synced = files_.SyncDirectory(place_.backups());
    if (synced) return {};
    // Another clean-up may have removed the directory, which is as good.
    const auto exists = files_.Exists(place_.backups());
    return exists && !*exists ? Status{} : synced;
  }

  // Which segments the manifests of the lineage name. A manifest that cannot be read names unknown
  // ones.
  Status LoadNamed() {
    if (std::exchange(loaded_, true)) return {};
    for (const BackupFileParts& file : backups_.files) {
      if (file.kind != BackupFileKind::kManifest || file.temporary) continue;
      const auto manifest = ReadManifest(files_, place_, file.backup_id);
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
    std::set<std::string> judged;
    for (const BackupFileParts& file : backups_.files) {
      if (file.kind != BackupFileKind::kVerified || file.temporary) continue;
      if (!backups_.Has(BackupFileKind::kManifest, file.backup_id)) {
        JETKEEP_TRY(Remove(place_.Verified(file.backup_id, file.time_ns)));
      } else if (judged.insert(file.backup_id).second) {
        const auto verifications = ReadVerifications(files_, place_, file.backup_id, backups_);
        for (const BackupFileParts& old : verifications.overruled) {
          JETKEEP_TRY(Remove(place_.Verified(old.backup_id, old.time_ns)));
        }
      }
    }
    return {};
  }

  FileSystem& files_;
  const LineagePath& place_;
  CleanUpResult& result_;
  const std::string& deleted_;
  std::vector<DirectoryEntry> segments_;
  BackupFiles backups_;
  std::map<std::string, std::unique_ptr<FileLock>> orphaned_;
  std::set<std::string> living_;
  std::map<std::string, bool> copies_;  // by the id of the backup
  std::set<std::string> named_;
  bool durable_ = false;
  bool loaded_ = false;
  bool unsure_ = false;
};

}  // namespace

void CleanUpLineage(FileSystem& files, const LineagePath& place, CleanUpResult& result,
                    const std::string& deleted) {
  Status cleaned = LineageCleaner(files, place, result, deleted).Run();
  if (!cleaned) result.problems.push_back(std::move(cleaned).error());
}

void RemoveEmptyDirectories(FileSystem& files, const LineagePath& place) {
  // A directory that is not empty stays. backups/ goes first: where a writer lives, it is not
  // empty.
  const auto backups = files.List(place.backups(), false);
  if (backups && !backups->empty()) return;
  if (backups && !files.RemoveDirectory(place.backups())) return;
  static_cast<void>(files.RemoveDirectory(place.segments()));
  if (!files.RemoveDirectory(place.directory())) return;
  // Marks of restores are of use only beside backups.
  const auto entries = files.List(place.stream_directory(), false);
  const bool only_marks =
      entries && std::all_of(entries->begin(), entries->end(), [](const DirectoryEntry& entry) {
        return ParseRestoredName(entry.name).has_value();
      });
  if (only_marks) RemoveRestoredMarks(files, place.stream_directory());
  static_cast<void>(files.RemoveDirectory(place.stream_directory()));
}

}  // namespace jetkeep

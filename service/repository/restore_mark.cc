#include "service/repository/restore_mark.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/layout.h"

namespace jetkeep {
namespace {

Result<RestoreRecord> ReadRecord(FileSystem& files, const std::string& id) {
  JETKEEP_ASSIGN(const auto file, files.Open(RestorePath(id)));
  std::string bytes(std::min<std::uint64_t>(file->size(), kMaxRestoreRecordBytes + 1), '\0');
  JETKEEP_TRY(file->ReadAt(0, bytes.size(), bytes.data()));
  return ParseRestoreRecord(id, bytes);
}

Result<std::vector<RestoreFileParts>> ListMarks(FileSystem& files) {
  std::vector<RestoreFileParts> marks;
  JETKEEP_ASSIGN(const auto entries, files.List("", false));
  for (const DirectoryEntry& entry : entries) {
    auto parts = ParseRestoreFile(entry.name);
    if (parts && entry.kind == EntryKind::kFile) marks.push_back(std::move(*parts));
  }
  std::sort(marks.begin(), marks.end(),
            [](const auto& a, const auto& b) { return a.restore_id < b.restore_id; });
  return marks;
}

}  // namespace

RestoreMark::RestoreMark(RestoreMarks& marks, RestoreRecord record, std::unique_ptr<FileLock> lock,
                         std::unique_ptr<Lease> lease)
    : marks_(marks), record_(std::move(record)), lock_(std::move(lock)), lease_(std::move(lease)) {
  const std::lock_guard guard(marks_.mutex_);
  marks_.own_.insert(record_.id);
}

RestoreMark::~RestoreMark() {
  lease_.reset();
  lock_.reset();
  const std::lock_guard guard(marks_.mutex_);
  marks_.own_.erase(record_.id);
}

Status RestoreMark::Remove() {
  JETKEEP_TRY(lease_->Check());
  JETKEEP_TRY(marks_.files_.Remove(RestorePath(record_.id)));
  // If the removal is lost with the power, the record is found again and judged again: no harm.
  static_cast<void>(lease_->Erase());
  lock_.reset();
  return {};
}

Result<std::unique_ptr<RestoreMark>> RestoreMarks::Write(const RestoreRecord& record) {
  JETKEEP_ASSIGN(const std::string bytes, EncodeRestoreRecord(record));
  const std::string path = RestorePath(record.id);
  const std::string temporary = path + std::string(kTemporarySuffix);
  JETKEEP_ASSIGN(const auto file, files_.Create(temporary));
  JETKEEP_TRY(file->Append(bytes));
  JETKEEP_TRY(file->Sync());
  JETKEEP_TRY(file->Close());
  // Locked before it has its name, and the lock stays with the file: nobody sees it unlocked.
  JETKEEP_ASSIGN(auto lock, files_.TryLock(temporary, LockKind::kExclusive));
  if (!lock) return Fail(Errc::kStorageError, path + " was taken by a clean-up");
  JETKEEP_TRY(files_.Rename(temporary, path));
  JETKEEP_TRY(files_.SyncDirectory(""));
  // A lease without a record is nobody's, so it comes last.
  JETKEEP_ASSIGN(auto lease, leases_.TryAcquire(RestoreLeaseKey(record.id)));
  if (!lease) return Fail(Errc::kStorageError, path + " was taken by a clean-up");
  return std::make_unique<RestoreMark>(*this, record, std::move(lock), std::move(lease));
}

Result<std::unique_ptr<RestoreMark>> RestoreMarks::Add(const RestoreRecord& record) {
  auto mark = Write(record);
  if (!mark) {
    const std::string path = RestorePath(record.id);
    static_cast<void>(files_.Remove(path + std::string(kTemporarySuffix)));
    static_cast<void>(files_.Remove(path));
  }
  return mark;
}

void RestoreMarks::Consider(const std::string& restore_id, const WantedRestore& wanted,
                            OrphanedRestores& found) {
  const std::string path = RestorePath(restore_id);
  const std::string key = RestoreLeaseKey(restore_id);
  const auto warn = [&](const Error& error) {
    // Removed since the listing: its restore has ended.
    const auto exists = files_.Exists(path);
    if (!exists || *exists) found.warnings.push_back(path + ": " + error.message);
  };
  const auto record = ReadRecord(files_, restore_id);
  if (!record) return warn(record.error());
  if (!wanted(*record)) return;
  auto lock = files_.TryLock(path, LockKind::kExclusive);
  if (!lock) return warn(lock.error());
  const auto watch = leases_.Watch(key);
  if (!watch) return warn(watch.error());
  // The lock tells of the restore's own process only: whoever took the lease over from a process
  // that stands still has none. Without a lease the record is just being made, or of jetkeep 0.1.
  Result<std::unique_ptr<Lease>> lease;
  if (*lock && watch->sight.generation <= 1) {
    lease = leases_.TakeOver(key);
  } else if (!watch->sight.free()) {
    lease = leases_.TryAcquire(key);
  }
  if (!lease) return warn(lease.error());
  if (!*lease) {
    found.held.push_back({*record, watch->sight.generation > 1, watch->stirred});
    return;
  }
  // Whoever had it may have ended it just now.
  const auto exists = files_.Exists(path);
  if (exists && !*exists) {
    static_cast<void>((*lease)->Erase());
    return;
  }
  found.marks.push_back(
      std::make_unique<RestoreMark>(*this, *record, std::move(*lock), std::move(*lease)));
}

Result<OrphanedRestores> RestoreMarks::TakeOrphaned(const WantedRestore& wanted) {
  OrphanedRestores found;
  JETKEEP_ASSIGN(const auto marks, ListMarks(files_));
  for (const RestoreFileParts& mark : marks) {
    if (mark.temporary) continue;
    {
      const std::lock_guard lock(mutex_);
      if (own_.contains(mark.restore_id)) continue;
    }
    Consider(mark.restore_id, wanted, found);
  }
  return found;
}

Result<std::uint64_t> RestoreMarks::RemoveUnpublished() {
  std::uint64_t removed = 0;
  // Leases are listed first: whoever has one made its record before.
  JETKEEP_ASSIGN(const auto entries, files_.List("", false));
  JETKEEP_ASSIGN(const auto marks, ListMarks(files_));
  for (const RestoreFileParts& mark : marks) {
    if (!mark.temporary) continue;
    const std::string path = RestorePath(mark.restore_id) + std::string(kTemporarySuffix);
    const auto lock = files_.TryLock(path, LockKind::kExclusive);
    if (!lock || !*lock) continue;
    JETKEEP_TRY(files_.Remove(path));
    ++removed;
  }
  for (const DirectoryEntry& entry : entries) {
    const auto lease = ParseLeaseFile(entry.name);
    const std::string id = lease ? RestoreIdOfLease(lease->key) : std::string();
    if (id.empty()) continue;
    const bool recorded = std::any_of(marks.begin(), marks.end(), [&](const auto& mark) {
      return mark.restore_id == id && !mark.temporary;
    });
    if (recorded) continue;
    JETKEEP_TRY(files_.Remove(entry.name));
    ++removed;
  }
  return removed;
}

}  // namespace jetkeep

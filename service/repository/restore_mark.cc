#include "service/repository/restore_mark.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/layout.h"

namespace jetkeep {
namespace {

Result<std::string> ReadWhole(FileSystem& files, const std::string& path) {
  JETKEEP_ASSIGN(const auto file, files.Open(path));
  std::string bytes(std::min<std::uint64_t>(file->size(), kMaxRestoreRecordBytes + 1), '\0');
  JETKEEP_TRY(file->ReadAt(0, bytes.size(), bytes.data()));
  return bytes;
}

Result<std::vector<RestoreFileParts>> ListMarks(FileSystem& files) {
  std::vector<RestoreFileParts> marks;
  JETKEEP_ASSIGN(const auto entries, files.List("", false));
  for (const DirectoryEntry& entry : entries) {
    auto parts = ParseRestoreFile(entry.name);
    if (parts && !entry.is_directory) marks.push_back(std::move(*parts));
  }
  std::sort(marks.begin(), marks.end(),
            [](const auto& a, const auto& b) { return a.restore_id < b.restore_id; });
  return marks;
}

}  // namespace

Status RestoreMark::Remove() {
  JETKEEP_TRY(files_.Remove(RestorePath(record_.id)));
  // If the removal is lost with the power, the record is found again and judged again: no harm.
  lock_.reset();
  return {};
}

Result<std::unique_ptr<RestoreMark>> MarkRestore(FileSystem& files, const RestoreRecord& record) {
  JETKEEP_ASSIGN(const std::string bytes, EncodeRestoreRecord(record));
  const std::string path = RestorePath(record.id);
  const std::string temporary = path + std::string(kTemporarySuffix);
  const auto write = [&]() -> Result<std::unique_ptr<RestoreMark>> {
    JETKEEP_ASSIGN(const auto file, files.Create(temporary));
    JETKEEP_TRY(file->Append(bytes));
    JETKEEP_TRY(file->Sync());
    JETKEEP_TRY(file->Close());
    // Locked before it has its name, and the lock stays with the file: nobody sees it unlocked.
    JETKEEP_ASSIGN(auto lock, files.TryLock(temporary, LockKind::kExclusive));
    if (!lock) return Fail(Errc::kStorageError, path + " was taken by a clean-up");
    JETKEEP_TRY(files.Rename(temporary, path));
    JETKEEP_TRY(files.SyncDirectory(""));
    return std::make_unique<RestoreMark>(files, record, std::move(lock));
  };
  auto mark = write();
  if (!mark) {
    static_cast<void>(files.Remove(temporary));
    static_cast<void>(files.Remove(path));
  }
  return mark;
}

Result<DeadRestores> TakeDeadRestores(FileSystem& files) {
  DeadRestores dead;
  JETKEEP_ASSIGN(const auto marks, ListMarks(files));
  for (const RestoreFileParts& mark : marks) {
    if (mark.temporary) continue;
    const std::string path = RestorePath(mark.restore_id);
    auto lock = files.TryLock(path, LockKind::kExclusive);
    if (lock && !*lock) continue;  // its restore lives
    if (!lock) {
      // Removed since the listing: its restore has ended.
      const auto exists = files.Exists(path);
      if (!exists || *exists) dead.warnings.push_back(lock.error().message);
      continue;
    }
    const auto bytes = ReadWhole(files, path);
    auto record = bytes ? ParseRestoreRecord(mark.restore_id, *bytes)
                        : Result<RestoreRecord>(Fail(bytes.error()));
    if (!record) {
      dead.warnings.push_back(path + ": " + record.error().message);
      continue;
    }
    dead.marks.push_back(
        std::make_unique<RestoreMark>(files, std::move(*record), std::move(*lock)));
  }
  return dead;
}

Result<std::uint64_t> RemoveUnpublishedMarks(FileSystem& files) {
  std::uint64_t removed = 0;
  JETKEEP_ASSIGN(const auto marks, ListMarks(files));
  for (const RestoreFileParts& mark : marks) {
    if (!mark.temporary) continue;
    const std::string path = RestorePath(mark.restore_id) + std::string(kTemporarySuffix);
    const auto lock = files.TryLock(path, LockKind::kExclusive);
    if (!lock || !*lock) continue;
    JETKEEP_TRY(files.Remove(path));
    ++removed;
  }
  return removed;
}

}  // namespace jetkeep

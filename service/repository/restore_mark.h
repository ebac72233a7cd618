// RestoreMark: the file that tells of a restore under way. It is written, locked and durable before
// the server hears of the restore, and removed when nothing half-made can be left. A mark whose
// lock is free belongs to a dead restore. Thread-safety: one thread at a time; functions may be
// called from any thread. Ownership: the file system outlives a mark.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jetkeep/filesystem.h"
#include "protocol/repository/restore_record.h"

namespace jetkeep {

class RestoreMark {
 public:
  RestoreMark(FileSystem& files, RestoreRecord record, std::unique_ptr<FileLock> lock)
      : files_(files), record_(std::move(record)), lock_(std::move(lock)) {}

  const RestoreRecord& record() const { return record_; }
  // Destroying a mark without this only lets go of it: the next start finds it.
  Status Remove();

 private:
  FileSystem& files_;
  const RestoreRecord record_;
  std::unique_ptr<FileLock> lock_;
};

Result<std::unique_ptr<RestoreMark>> MarkRestore(FileSystem& files, const RestoreRecord& record);

struct DeadRestores {
  std::vector<std::unique_ptr<RestoreMark>> marks;  // oldest first
  std::vector<std::string> warnings;                // records that cannot be read; they stay
};
// Takes the marks of dead restores; no other process gets them while they are held.
Result<DeadRestores> TakeDeadRestores(FileSystem& files);

// Removes records whose writer died before it asked the server for anything.
Result<std::uint64_t> RemoveUnpublishedMarks(FileSystem& files);

}  // namespace jetkeep

// PosixFileSystem: the FileSystem of a directory on a mounted disk.
//
// Nothing outside the directory is ever touched: the parts of a path are checked, and a symbolic
// link as the last part is an error. Locks are flock(2) locks. Thread-safety: as FileSystem says.
#pragma once

#include <memory>
#include <string>

#include "jetkeep/filesystem.h"

namespace jetkeep {

class PosixFileSystem : public FileSystem {
 public:
  // The directory must exist; kRepositoryMissing if it does not and create is false.
  static Result<std::unique_ptr<PosixFileSystem>> Open(const std::string& directory, bool create);
  ~PosixFileSystem() override;
  PosixFileSystem(const PosixFileSystem&) = delete;
  PosixFileSystem& operator=(const PosixFileSystem&) = delete;

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status SyncDirectory(const std::string& path) override;
  Status MakeDirectories(const std::string& path) override;
  Status Remove(const std::string& path) override;
  Status RemoveDirectory(const std::string& path) override;
  Result<std::vector<DirectoryEntry>> List(const std::string& path, bool with_sizes) override;
  Result<bool> Exists(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> TryLock(const std::string& path,
                                            LockKind kind = LockKind::kCreate) override;

 private:
  PosixFileSystem(std::string directory, int root)
      : directory_(std::move(directory)), root_(root) {}

  std::string directory_;  // for messages
  int root_;               // descriptor of the directory
};

}  // namespace jetkeep

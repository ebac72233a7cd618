// FaultFileSystem: a file system in memory that remembers what was synced. Crash() leaves only what
// a disk would still hold: bytes that were fsynced, and names whose directory was. Any operation
// can be made to fail. Thread-safety: as FileSystem says.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/filesystem.h"

namespace jetkeep {

enum class Operation : std::uint8_t {
  kCreate,
  kOpen,
  kRead,
  kExists,
  kAppend,
  kSync,
  kClose,
  kRename,
  kSyncDirectory,
  kMakeDirectory,
  kRemove,
  kRemoveDirectory,
  kList,
  kLock
};

class FaultFileSystem : public FileSystem {
 public:
  // Called before each operation, with its number among those that change something (from 1; 0 for
  // others): an error makes it fail without effect.
  using Fault =
      std::function<std::optional<Error>(Operation, const std::string& path, std::uint64_t number)>;

  void SetFault(Fault fault);
  // How many operations that change something were asked for.
  std::uint64_t mutations() const;
  // Makes a symbolic link of the path, which nothing here follows.
  void MakeLink(const std::string& path);
  // Drops what was not synced, and all locks. With keep_unsynced, a system that synced by itself in
  // time.
  void Crash(bool keep_unsynced = false);

  // The files by path; for tests that damage them.
  std::vector<std::string> Paths() const;
  std::string Read(const std::string& path) const;
  void Write(const std::string& path, std::string bytes);  // synced at once
  void Erase(const std::string& path);

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status SyncDirectory(const std::string& path) override;
  Status MakeDirectories(const std::string& path) override;
  Status Remove(const std::string& path) override;
  Status RemoveDirectory(const std::string& path) override;
  Result<std::vector<DirectoryEntry>> List(const std::string& path, bool with_sizes) override;
  Result<bool> Exists(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> TryLock(const std::string& path, LockKind kind) override;

 private:
  friend class FaultWritableFile;
  friend class FaultReadableFile;
  friend class FaultLock;
  struct Node {
    bool directory = false;
    bool link = false;
    std::string bytes;
    std::string synced;
    int shared_locks = 0;
    bool exclusive_lock = false;
    std::uint64_t life = 0;  // locks of an earlier life release nothing
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;  // by full path

  Status Check(Operation operation, const std::string& path);
  std::shared_ptr<Node> Find(const std::string& path) const;

  mutable std::mutex mutex_;
  Fault fault_;
  std::uint64_t mutations_ = 0;
  std::uint64_t life_ = 0;
  Names now_;      // as processes see it
  Names durable_;  // as a crash leaves it
};

}  // namespace jetkeep

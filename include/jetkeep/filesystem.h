// FileSystem: the only door to disks, so that tests can lose what was not synced and fail any step.
//
// Paths are relative to the root the file system was opened on, with '/' between parts; a part is
// never empty, "." or "..". Symbolic links are never followed: one in a path is an error. Errors:
// kStorageFull for ENOSPC, EDQUOT; kStorageError otherwise, the message naming the path and what
// the system said. Thread-safety: all members of FileSystem may be called from any thread; a File
// belongs to one thread at a time, except ReadAt, which may run on several.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

// Written once from start to end.
class WritableFile {
 public:
  virtual ~WritableFile() = default;  // closes; what was not synced may be lost
  virtual Status Append(std::string_view bytes) = 0;
  virtual Status Sync() = 0;   // what was appended is on stable storage
  virtual Status Close() = 0;  // reports what the destructor cannot
};

class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  virtual std::uint64_t size() const = 0;
  // Reads exactly size bytes at offset into out, or fails (a short file is kRepositoryCorrupt).
  virtual Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const = 0;
};

// Held until destroyed; the system releases it when the process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class EntryKind : std::uint8_t { kFile, kDirectory, kSymbolicLink, kOther };

struct DirectoryEntry {
  std::string name;
  EntryKind kind = EntryKind::kFile;
  std::uint64_t size = 0;  // files only, where asked for
};

enum class LockKind : std::uint8_t {
  kCreate,     // creates the file if needed; excludes all others
  kExclusive,  // of an existing file; excludes all others
  kShared,     // of an existing file; excludes exclusive locks. Needs no right to write.
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<WritableFile>> Create(
      const std::string& path) = 0;  // must not exist
  virtual Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) = 0;
  // Atomic; replaces nothing: an existing target is an error.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
  virtual Status MakeDirectories(const std::string& path) = 0;  // and syncs the parents of new ones
  virtual Status Remove(const std::string& path) = 0;           // a file; an absent one is no error
  virtual Status RemoveDirectory(const std::string& path) = 0;  // an empty one
  virtual Result<std::vector<DirectoryEntry>> List(const std::string& path, bool with_sizes) = 0;
  virtual Result<bool> Exists(const std::string& path) = 0;
  // An empty pointer if another process or object holds a lock that excludes this one.
  virtual Result<std::unique_ptr<FileLock>> TryLock(const std::string& path,
                                                    LockKind kind = LockKind::kCreate) = 0;
};

}  // namespace jetkeep

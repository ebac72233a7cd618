#include "service/store/posix_filesystem.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "service/store/posix_error.h"
#include "service/store/posix_file.h"
#include "service/store/posix_path.h"

namespace jetkeep {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;

std::string ParentOf(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// Where a path leads: a name in an open directory. The directory was found without following
// symbolic links.
struct Place {
  Descriptor directory;
  std::string name;
};

// File systems without RENAME_NOREPLACE: a link fails if the target exists, too.
int RenameByLink(const Place& from, const Place& to) {
  if (::linkat(from.directory.get(), from.name.c_str(), to.directory.get(), to.name.c_str(), 0) !=
      0) {
    return errno;
  }
  if (::unlinkat(from.directory.get(), from.name.c_str(), 0) != 0) return errno;
  return 0;
}

int RenameNoReplace(const Place& from, const Place& to) {
  if (::renameat2(from.directory.get(), from.name.c_str(), to.directory.get(), to.name.c_str(),
                  RENAME_NOREPLACE) == 0) {
    return 0;
  }
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return RenameByLink(from, to);
  return errno;
}

// The number by which opening the parent failed, or 0.
int OpenPlace(int root, const std::string& path, Place& place) {
  const int fd = OpenDirectoryBeneath(root, ParentOf(path), DirectoryUse::kNames);
  if (fd < 0) return errno;
  place.directory = Descriptor(fd);
  const auto slash = path.rfind('/');
  place.name = path.empty() ? "." : path.substr(slash == std::string::npos ? 0 : slash + 1);
  return 0;
}

EntryKind KindOf(mode_t mode) {
  if (S_ISREG(mode)) return EntryKind::kFile;
  if (S_ISDIR(mode)) return EntryKind::kDirectory;
  return S_ISLNK(mode) ? EntryKind::kSymbolicLink : EntryKind::kOther;
}

EntryKind KindOfType(unsigned char type) {
  if (type == DT_REG) return EntryKind::kFile;
  if (type == DT_DIR) return EntryKind::kDirectory;
  return type == DT_LNK ? EntryKind::kSymbolicLink : EntryKind::kOther;
}

}  // namespace

// Opens `place` for the rest of the function, or fails with what kept it from `doing` that.
#define JETKEEP_OPEN_PLACE(place, doing, path)                                       \
  JETKEEP_TRY(CheckRelativePath(path));                                              \
  Place place{Descriptor(-1), {}};                                                   \
  if (const int number_##place = OpenPlace(root_, path, place); number_##place != 0) \
  return PosixFailure(number_##place, doing, directory_ + "/" + (path))

Result<std::unique_ptr<PosixFileSystem>> PosixFileSystem::Open(const std::string& directory,
                                                               bool create) {
  if (create && ::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return PosixFailure(errno, "create", directory);
  }
  const int root = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0 && (errno == ENOENT || errno == ENOTDIR)) {
    return Fail(Errc::kRepositoryMissing, "there is no directory " + directory,
                "Mount the repository's volume, or name another directory.");
  }
  if (root < 0) return PosixFailure(errno, "open", directory);
  return std::unique_ptr<PosixFileSystem>(new PosixFileSystem(directory, root));
}

PosixFileSystem::~PosixFileSystem() { ::close(root_); }

Result<std::unique_ptr<WritableFile>> PosixFileSystem::Create(const std::string& path) {
  JETKEEP_OPEN_PLACE(place, "create", path);
  const int fd = ::openat(place.directory.get(), place.name.c_str(),
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode);
  if (fd < 0) return PosixFailure(errno, "create", directory_ + "/" + path);
  return std::make_unique<PosixWritableFile>(Descriptor(fd), directory_ + "/" + path);
}

Result<std::unique_ptr<ReadableFile>> PosixFileSystem::Open(const std::string& path) {
  JETKEEP_OPEN_PLACE(place, "open", path);
  // Without O_NONBLOCK a named pipe in the place of a file would hang us.
  Descriptor fd(::openat(place.directory.get(), place.name.c_str(),
                         O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return PosixFailure(errno, "open", directory_ + "/" + path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return PosixFailure(errno, "read", directory_ + "/" + path);
  if (!S_ISREG(info.st_mode)) {
    return Fail(Errc::kStorageError, directory_ + "/" + path + " is not a file");
  }
  return std::make_unique<PosixReadableFile>(std::move(fd), directory_ + "/" + path,
                                             static_cast<std::uint64_t>(info.st_size));
}

Status PosixFileSystem::Rename(const std::string& from, const std::string& to) {
  JETKEEP_OPEN_PLACE(source, "rename", from);
  JETKEEP_OPEN_PLACE(target, "rename " + from + " to", to);
  const int number = RenameNoReplace(source, target);
  if (number != 0) return PosixFailure(number, "rename " + from + " to", directory_ + "/" + to);
  return {};
}

Status PosixFileSystem::SyncDirectory(const std::string& path) {
  JETKEEP_TRY(CheckRelativePath(path));
  const Descriptor fd(OpenDirectoryBeneath(root_, path, DirectoryUse::kList));
  if (fd.get() < 0) return PosixFailure(errno, "open", directory_ + "/" + path);
  if (::fsync(fd.get()) != 0) return PosixFailure(errno, "sync", directory_ + "/" + path);
  return {};
}

Status PosixFileSystem::MakeDirectories(const std::string& path) {
  JETKEEP_TRY(CheckRelativePath(path));
  if (path.empty()) return {};
  const Descriptor there(OpenDirectoryBeneath(root_, path, DirectoryUse::kNames));
  if (there.get() >= 0) return {};
  if (errno != ENOENT) return PosixFailure(errno, "create", directory_ + "/" + path);
  JETKEEP_TRY(MakeDirectories(ParentOf(path)));
  JETKEEP_OPEN_PLACE(place, "create", path);
  if (::mkdirat(place.directory.get(), place.name.c_str(), kDirectoryMode) != 0) {
    if (errno == EEXIST) return {};
    return PosixFailure(errno, "create", directory_ + "/" + path);
  }
  return SyncDirectory(ParentOf(path));
}

Status PosixFileSystem::Remove(const std::string& path) {
  JETKEEP_TRY(CheckRelativePath(path));
  Place place{Descriptor(-1), {}};
  int number = OpenPlace(root_, path, place);
  if (number == 0 && ::unlinkat(place.directory.get(), place.name.c_str(), 0) != 0) number = errno;
  if (number == 0 || number == ENOENT) return {};
  return PosixFailure(number, "remove", directory_ + "/" + path);
}

Status PosixFileSystem::RemoveDirectory(const std::string& path) {
  JETKEEP_OPEN_PLACE(place, "remove", path);
  if (::unlinkat(place.directory.get(), place.name.c_str(), AT_REMOVEDIR) != 0) {
    return PosixFailure(errno, "remove", directory_ + "/" + path);
  }
  return {};
}

Result<std::vector<DirectoryEntry>> PosixFileSystem::List(const std::string& path,
                                                          bool with_sizes) {
  JETKEEP_TRY(CheckRelativePath(path));
  const std::string shown = directory_ + "/" + path;
  const int fd = OpenDirectoryBeneath(root_, path, DirectoryUse::kList);
  if (fd < 0) return PosixFailure(errno, "list", shown);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd), ::closedir);
  if (!directory) {
    const int number = errno;
    ::close(fd);
    return PosixFailure(number, "list", shown);
  }
  std::vector<DirectoryEntry> entries;
  while (true) {
    errno = 0;
    const dirent* item = ::readdir(directory.get());
    if (item == nullptr && errno != 0) return PosixFailure(errno, "list", shown);
    if (item == nullptr) return entries;
    DirectoryEntry entry;
    entry.name = item->d_name;
    if (entry.name == "." || entry.name == "..") continue;
    entry.kind = KindOfType(item->d_type);
    if (with_sizes || item->d_type == DT_UNKNOWN) {
      struct stat info {};
      if (::fstatat(fd, item->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;  // removed meanwhile
        return PosixFailure(errno, "read", shown + "/" + entry.name);
      }
      entry.kind = KindOf(info.st_mode);
      entry.size = static_cast<std::uint64_t>(info.st_size);
    }
    entries.push_back(std::move(entry));
  }
}

Result<bool> PosixFileSystem::Exists(const std::string& path) {
  JETKEEP_TRY(CheckRelativePath(path));
  Place place{Descriptor(-1), {}};
  struct stat info {};
  int number = OpenPlace(root_, path, place);
  if (number == 0 &&
      ::fstatat(place.directory.get(), place.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    number = errno;
  }
  if (number == 0) return true;
  if (number == ENOENT || number == ENOTDIR) return false;
  return PosixFailure(number, "look for", directory_ + "/" + path);
}

Result<std::unique_ptr<FileLock>> PosixFileSystem::TryLock(const std::string& path, LockKind kind) {
  const std::string shown = directory_ + "/" + path;
  const int access = kind == LockKind::kShared ? O_RDONLY : O_RDWR;
  const int create = kind == LockKind::kCreate ? O_CREAT : 0;
  while (true) {
    JETKEEP_OPEN_PLACE(place, "open", path);
    Descriptor fd(::openat(place.directory.get(), place.name.c_str(),
                           access | create | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, kFileMode));
    if (fd.get() < 0) return PosixFailure(errno, "open", shown);
    if (::flock(fd.get(), (kind == LockKind::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return std::unique_ptr<FileLock>();
      if (errno == EINTR) continue;
      return PosixFailure(errno, "lock", shown);
    }
    // Whoever held the lock before may have removed the file: a lock on that one would protect
    // nothing.
    struct stat mine {};
    struct stat there {};
    if (::fstat(fd.get(), &mine) != 0) return PosixFailure(errno, "lock", shown);
    if (::fstatat(place.directory.get(), place.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        mine.st_ino == there.st_ino && mine.st_dev == there.st_dev) {
      return std::make_unique<PosixFileLock>(std::move(fd));
    }
  }
}

}  // namespace jetkeep

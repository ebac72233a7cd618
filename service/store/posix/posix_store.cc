#include "service/store/posix/posix_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "service/store/key.h"
#include "service/store/objects.h"
#include "service/store/posix/posix_error.h"
#include "service/store/posix/posix_path.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;

// Where a path leads: a name in an open directory. The directory was found without following
// symbolic links.
struct Place {
  Descriptor directory;
  std::string name;
};

// The number by which opening the parent failed, or 0.
int OpenPlace(int root, const std::string& path, Place& place) {
  const int fd = OpenDirectoryBeneath(root, PrefixOf(path), DirectoryUse::kNames);
  if (fd < 0) return errno;
  place.directory = Descriptor(fd);
  const auto slash = path.rfind('/');
  place.name = path.empty() ? "." : path.substr(slash == std::string::npos ? 0 : slash + 1);
  return 0;
}

EntryKind KindOf(mode_t mode) {
  if (S_ISREG(mode)) return EntryKind::kObject;
  if (S_ISDIR(mode)) return EntryKind::kPrefix;
  return S_ISLNK(mode) ? EntryKind::kSymbolicLink : EntryKind::kOther;
}

EntryKind KindOfType(unsigned char type) {
  if (type == DT_REG) return EntryKind::kObject;
  if (type == DT_DIR) return EntryKind::kPrefix;
  return type == DT_LNK ? EntryKind::kSymbolicLink : EntryKind::kOther;
}

constexpr std::string_view kTemporary = ".tmp";
constexpr std::size_t kUniqueDigits = 16;
// A directory may be removed, because it is empty, between its making and the first name in it.
constexpr int kTriesToCreate = 100;

std::string UniqueDigits() {
  std::array<char, kUniqueDigits + 1> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx",
                static_cast<unsigned long long>(RandomBits()));
  return digits.data();
}

// Of the name of an unfinished object: that of the object. Jetkeep 0.1 wrote `<name>.tmp`, and
// repository.json with 32 digits.
std::string NameOfUnfinished(std::string_view name) {
  name.remove_suffix(kTemporary.size());
  const auto dot = name.rfind('.');
  const std::string_view digits = dot == std::string_view::npos ? "" : name.substr(dot + 1);
  const bool unique = (digits.size() == kUniqueDigits || digits.size() == 2 * kUniqueDigits) &&
                      digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return std::string(unique ? name.substr(0, dot) : name);
}

// So that a clean-up can tell that its writer lives. False: a clean-up has it already.
bool LockUnfinished(const Descriptor& file) {
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  struct stat info {};
  return ::fstat(file.get(), &info) != 0 || info.st_nlink > 0;
}

}  // namespace

Result<std::unique_ptr<PosixStore>> PosixStore::Open(const std::string& directory, bool create,
                                                     PosixSteps steps) {
  if (create && ::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return PosixFailure(errno, "create", directory);
  }
  const int root = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0 && (errno == ENOENT || errno == ENOTDIR)) {
    return Fail(Errc::kRepositoryMissing, "there is no directory " + directory,
                "Mount the repository's volume, or name another directory.");
  }
  if (root < 0) return PosixFailure(errno, "open", directory);
  return std::unique_ptr<PosixStore>(new PosixStore(directory, root, std::move(steps)));
}

PosixStore::~PosixStore() { ::close(root_); }

// changed: directories that have a new name in them and are to be flushed.
int PosixStore::MakeDirectories(const std::string& path, std::vector<std::string>& changed) {
  if (path.empty()) return 0;
  const Descriptor there(OpenDirectoryBeneath(root_, path, DirectoryUse::kNames));
  if (there.get() >= 0) return 0;
  if (errno != ENOENT) return errno;
  const std::string parent = PrefixOf(path);
  if (const int number = MakeDirectories(parent, changed); number != 0) return number;
  Place place{Descriptor(-1), {}};
  if (const int number = OpenPlace(root_, path, place); number != 0) return number;
  if (const int number = Step("mkdir"); number != 0) return number;
  if (::mkdirat(place.directory.get(), place.name.c_str(), kDirectoryMode) != 0) {
    return errno == EEXIST ? 0 : errno;
  }
  changed.push_back(parent);
  return 0;
}

Result<std::unique_ptr<ObjectWriter>> PosixStore::Create(const std::string& key) {
  JETKEEP_TRY(CheckKey(key));
  int number = 0;
  for (int attempt = 0; attempt < kTriesToCreate; ++attempt) {
    Place place{Descriptor(-1), {}};
    std::vector<std::string> changed;
    number = MakeDirectories(PrefixOf(key), changed);
    if (number == 0) number = OpenPlace(root_, key, place);
    if (number == 0) number = Step("create");
    if (number == 0) {
      const std::string temporary = place.name + "." + UniqueDigits() + std::string(kTemporary);
      Descriptor file(::openat(place.directory.get(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
      if (file.get() >= 0 && !LockUnfinished(file)) continue;
      if (file.get() >= 0) {
        auto writer = std::make_unique<PosixObjectWriter>(
            std::move(file), std::move(place.directory), temporary, place.name, Shown(key), steps_);
        // Now that something stands in them, no directory goes for being empty.
        for (const std::string& directory : changed) {
          number = FlushDirectory(directory);
          if (number != 0) return PosixFailure(number, "create", Shown(key));
        }
        return writer;
      }
      number = errno;
    }
    if (number != ENOENT && number != EEXIST) break;
  }
  return PosixFailure(number, "create", Shown(key));
}

Result<std::unique_ptr<ObjectReader>> PosixStore::Open(const std::string& key,
                                                       std::optional<std::uint64_t> known_size) {
  JETKEEP_TRY(CheckKey(key));
  Place place{Descriptor(-1), {}};
  if (const int number = OpenPlace(root_, key, place); number != 0) {
    if (number == ENOENT) return std::unique_ptr<ObjectReader>();
    return PosixFailure(number, "open", Shown(key));
  }
  // Without O_NONBLOCK a named pipe in the place of a file would hang us.
  Descriptor fd(::openat(place.directory.get(), place.name.c_str(),
                         O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) {
    if (errno == ENOENT) return std::unique_ptr<ObjectReader>();
    return PosixFailure(errno, "open", Shown(key));
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return PosixFailure(errno, "read", Shown(key));
  if (!S_ISREG(info.st_mode)) {
    return Fail(Errc::kStorageError, Shown(key) + " is not a file");
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (known_size && *known_size != size) {
    return Fail(Errc::kRepositoryCorrupt, Shown(key) + " has " + std::to_string(size) +
                                              " bytes where it had " + std::to_string(*known_size));
  }
  return std::make_unique<PosixObjectReader>(std::move(fd), Shown(key), size);
}

int PosixStore::FlushDirectory(const std::string& prefix) {
  if (const int number = Step("sync directory"); number != 0) return number;
  const Descriptor fd(OpenDirectoryBeneath(root_, prefix, DirectoryUse::kList));
  if (fd.get() >= 0) return ::fsync(fd.get()) == 0 ? 0 : errno;
  // A directory that went with its last object: that it is gone has to last.
  if (errno == ENOENT && !prefix.empty()) return FlushDirectory(PrefixOf(prefix));
  return errno;
}

Status PosixStore::Flush(const std::string& prefix) {
  JETKEEP_TRY(CheckPrefix(prefix));
  if (const int number = FlushDirectory(prefix); number != 0) {
    return PosixFailure(number, "sync", Shown(prefix));
  }
  return {};
}

Status PosixStore::RemoveFile(const std::string& path) {
  JETKEEP_TRY(CheckKey(path));
  Place place{Descriptor(-1), {}};
  int number = OpenPlace(root_, path, place);
  if (number == 0) number = Step("remove");
  if (number == 0 && ::unlinkat(place.directory.get(), place.name.c_str(), 0) != 0) number = errno;
  if (number == 0 || number == ENOENT) return {};
  return PosixFailure(number, "remove", Shown(path));
}

Status PosixStore::RemoveAll(std::span<const std::string> keys) {
  for (const std::string& key : keys) JETKEEP_TRY(RemoveFile(key));
  return {};
}

Result<bool> PosixStore::RemoveUnfinished(const std::string& key, const std::string& upload,
                                          WhoseUnfinished whose) {
  if (!upload.ends_with(kTemporary)) return Fail(Errc::kInternal, "not an unfinished object");
  const std::string prefix = PrefixOf(key);
  const std::string path = prefix.empty() ? upload : prefix + "/" + upload;
  LockAttempt attempt;
  if (whose == WhoseUnfinished::kOfEndedWriters) {
    JETKEEP_ASSIGN(attempt, TryLock(path, LockKind::kExclusive));
    if (!attempt.lock) return attempt.absent;
  }
  JETKEEP_TRY(RemoveFile(path));
  return true;
}

bool PosixStore::Tidy(const std::string& prefix) {
  if (prefix.empty() || !CheckPrefix(prefix)) return false;
  Place place{Descriptor(-1), {}};
  int number = OpenPlace(root_, prefix, place);
  if (number == 0) number = Step("remove directory");
  if (number == 0 && ::unlinkat(place.directory.get(), place.name.c_str(), AT_REMOVEDIR) != 0) {
    number = errno;
  }
  return number == 0 || number == ENOENT;
}

Status PosixStore::List(const std::string& prefix, const ListOptions& options,
                        const StoreVisitor& visit) {
  JETKEEP_TRY(CheckPrefix(prefix));
  return ListInto(prefix, "", options, visit);
}

// below: what of the names is above the directory.
Status PosixStore::ListInto(const std::string& prefix, const std::string& below,
                            const ListOptions& options, const StoreVisitor& visit) {
  const int fd = OpenDirectoryBeneath(root_, prefix, DirectoryUse::kList);
  if (fd < 0 && errno == ENOENT) return {};
  if (fd < 0) return PosixFailure(errno, "list", Shown(prefix));
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd), ::closedir);
  if (!directory) {
    const int number = errno;
    ::close(fd);
    return PosixFailure(number, "list", Shown(prefix));
  }
  while (true) {
    errno = 0;
    const dirent* item = ::readdir(directory.get());
    if (item == nullptr && errno != 0) return PosixFailure(errno, "list", Shown(prefix));
    if (item == nullptr) return {};
    const std::string name = item->d_name;
    if (name == "." || name == "..") continue;
    StoreEntry entry;
    entry.kind = KindOfType(item->d_type);
    const bool with_size = options.sizes && entry.kind == EntryKind::kObject;
    if (with_size || item->d_type == DT_UNKNOWN) {
      struct stat info {};
      if (::fstatat(fd, item->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;  // removed meanwhile
        return PosixFailure(errno, "read", Shown(prefix) + "/" + name);
      }
      entry.kind = KindOf(info.st_mode);
      entry.size = static_cast<std::uint64_t>(info.st_size);
    }
    entry.name = below + name;
    if (entry.kind == EntryKind::kPrefix && options.depth == Depth::kAll) {
      JETKEEP_TRY(
          ListInto(prefix.empty() ? name : prefix + "/" + name, entry.name + "/", options, visit));
      continue;
    }
    if (entry.kind == EntryKind::kObject && name.size() > kTemporary.size() &&
        name.ends_with(kTemporary)) {
      if (!options.unfinished) continue;
      entry.kind = EntryKind::kUnfinished;
      entry.name = below + NameOfUnfinished(name);
      entry.upload = name;
    }
    JETKEEP_TRY(visit(std::move(entry)));
  }
}

Result<bool> PosixStore::Exists(const std::string& key) {
  JETKEEP_TRY(CheckKey(key));
  Place place{Descriptor(-1), {}};
  struct stat info {};
  int number = OpenPlace(root_, key, place);
  if (number == 0 &&
      ::fstatat(place.directory.get(), place.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    number = errno;
  }
  if (number == 0) return true;
  if (number == ENOENT) return false;
  return PosixFailure(number, "look for", Shown(key));
}

Result<LockAttempt> PosixStore::TryLock(const std::string& key, LockKind kind) {
  JETKEEP_TRY(CheckKey(key));
  const int access = kind == LockKind::kShared ? O_RDONLY : O_RDWR;
  while (true) {
    Place place{Descriptor(-1), {}};
    int number = OpenPlace(root_, key, place);
    Descriptor fd(-1);
    if (number == 0) {
      fd = Descriptor(::openat(place.directory.get(), place.name.c_str(),
                               access | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
      if (fd.get() < 0) number = errno;
    }
    if (number == ENOENT) return LockAttempt{nullptr, true};
    if (number != 0) return PosixFailure(number, "open", Shown(key));
    if (::flock(fd.get(), (kind == LockKind::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return LockAttempt{};
      if (errno == EINTR) continue;
      return PosixFailure(errno, "lock", Shown(key));
    }
    // Whoever held the lock before may have removed the file: a lock on that one would protect
    // nothing.
    struct stat mine {};
    struct stat there {};
    if (::fstat(fd.get(), &mine) != 0) return PosixFailure(errno, "lock", Shown(key));
    if (::fstatat(place.directory.get(), place.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        mine.st_ino == there.st_ino && mine.st_dev == there.st_dev) {
      return LockAttempt{std::make_unique<PosixObjectLock>(std::move(fd)), false};
    }
  }
}

}  // namespace jetkeep

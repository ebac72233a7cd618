#include "service/engine/transfer/staged_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "service/engine/transfer/source_folder.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

constexpr std::string_view kStagedMark = ".jetkeep-";
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

tl::unexpected<Error> Failure(const std::string& what, int number) {
  const bool full = number == ENOSPC || number == EDQUOT;
  return Fail(full ? Errc::kStorageFull : Errc::kStorageError,
              what + ": " + std::generic_category().message(number));
}

tl::unexpected<Error> Exists(const std::string& shown) {
  return Fail(Errc::kObjectExists, shown + " is there already",
              "Name a directory that is not there: an export replaces nothing.");
}

// The path above the last name, and that name.
std::pair<std::string, std::string> Split(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

bool IsPlainName(const std::string& name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string::npos;
}

// A number follows.
std::string StagedPrefix(const std::string& name) {
  constexpr std::size_t kMaxBytes = 200;  // names have 255 at most
  return "." + name.substr(0, kMaxBytes) + std::string(kStagedMark);
}

// The folders of a stream in a server's store lie two deep.
constexpr int kMostDepth = 2;

void RemoveWhole(const SourceFolder& above, const std::string& name, int depth) {
  const auto folder = above.OpenFolder(name);
  // Somebody else may be writing it.
  if (!folder || (depth == 0 && flock(folder->descriptor(), LOCK_EX | LOCK_NB) != 0)) return;
  const auto entries = folder->List();
  if (!entries) return;
  for (const SourceEntry& entry : *entries) {
    if (entry.kind == SourceEntryKind::kFile) {
      unlinkat(folder->descriptor(), entry.name.c_str(), 0);
    } else if (entry.kind == SourceEntryKind::kFolder && depth < kMostDepth) {
      RemoveWhole(*folder, entry.name, depth + 1);
    }
  }
  unlinkat(above.descriptor(), name.c_str(), AT_REMOVEDIR);
}

// What killed processes left that wrote to the same target: nobody holds its lock. In the folder of
// an account it would keep the command line from restoring anything.
void RemoveLeftovers(const std::string& above, const std::string& prefix) {
  const auto folder = SourceFolder::Open(above);
  if (!folder) return;
  const auto entries = folder->List();
  if (!entries) return;
  for (const SourceEntry& entry : *entries) {
    if (entry.kind == SourceEntryKind::kFolder && entry.name.starts_with(prefix) &&
        IsStagedName(entry.name)) {
      RemoveWhole(*folder, entry.name, 0);
    }
  }
}

// 0, or the number of the error.
int RenameToNothing(int parent, const std::string& from, const std::string& to) {
  if (renameat2(parent, from.c_str(), parent, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return errno;
  // Some file systems of networks cannot. This replaces nothing but an empty directory.
  return renameat(parent, from.c_str(), parent, to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

bool IsStagedName(std::string_view name) {
  const std::size_t mark = name.rfind(kStagedMark);
  if (!name.starts_with('.') || mark == std::string_view::npos) return false;
  const std::string_view number = name.substr(mark + kStagedMark.size());
  return !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos;
}

Status StagedFile::Write(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t count = write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failure("cannot write " + shown_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status StagedFile::Finish() {
  // Where this is not known, Publish does it all.
  static_cast<void>(sync_file_range(file_.get(), 0, 0, SYNC_FILE_RANGE_WRITE));
  return {};
}

Result<std::unique_ptr<StagedFolder>> StagedFolder::Begin(const std::string& target,
                                                          const StagedAccess& access) {
  const auto [above, name] = Split(target);
  if (name.empty() || name == "." || name == ".." || name == "/") return Exists(target);
  Descriptor parent(open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() < 0) return Failure("cannot open " + above, errno);
  struct stat about {};
  if (fstatat(parent.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0) return Exists(target);
  if (errno != ENOENT) return Failure("cannot look at " + target, errno);
  RemoveLeftovers(above, StagedPrefix(name));
  std::unique_ptr<StagedFolder> folder(new StagedFolder(std::move(parent), name, target, access));
  JETKEEP_TRY(folder->Make());
  return folder;
}

Status StagedFolder::Make() {
  std::string staged = StagedPrefix(name_) + std::to_string(RandomBits());
  if (mkdirat(parent_.get(), staged.c_str(), 0700) != 0) {
    return Failure("cannot make a directory beside " + shown_, errno);
  }
  staged_ = std::move(staged);
  own_ = Descriptor(openat(parent_.get(), staged_.c_str(), kFolderFlags));
  if (own_.get() < 0) return Failure("cannot open the directory beside " + shown_, errno);
  // Where the file system has no locks, nobody can take it for a leftover either.
  static_cast<void>(flock(own_.get(), LOCK_EX | LOCK_NB));
  return GiveAccess(own_.get(), access_.folder_mode, shown_);
}

Status StagedFolder::GiveAccess(int descriptor, mode_t mode, const std::string& shown) const {
  const auto& owner = access_.owner;
  if (owner && fchown(descriptor, owner->user, owner->group) != 0) {
    return Failure("cannot give " + shown + " to user " + std::to_string(owner->user) +
                       " and group " + std::to_string(owner->group),
                   errno);
  }
  if (fchmod(descriptor, mode) != 0) return Failure("cannot set the mode of " + shown, errno);
  return {};
}

Status StagedFolder::MakeFolder(const std::string& path) {
  if (folders_.contains(path)) return {};
  const std::size_t slash = path.rfind('/');
  if (slash != std::string::npos) JETKEEP_TRY(MakeFolder(path.substr(0, slash)));
  const std::string shown = shown_ + "/" + path;
  if (!IsPlainName(path.substr(slash == std::string::npos ? 0 : slash + 1))) {
    return Fail(Errc::kStorageError, "cannot make " + shown + ": no folder can have this name");
  }
  if (mkdirat(own_.get(), path.c_str(), 0700) != 0) return Failure("cannot make " + shown, errno);
  folders_.insert(path);
  const Descriptor made(openat(own_.get(), path.c_str(), kFolderFlags));
  if (made.get() < 0) return Failure("cannot open " + shown, errno);
  return GiveAccess(made.get(), access_.folder_mode, shown);
}

StagedFolder::~StagedFolder() {
  if (staged_.empty()) return;
  // What cannot be removed stays under its dot name; there is nobody left to tell.
  if (own_.get() >= 0) {
    for (const std::string& file : files_) unlinkat(own_.get(), file.c_str(), 0);
    std::for_each(folders_.rbegin(), folders_.rend(), [this](const std::string& folder) {
      unlinkat(own_.get(), folder.c_str(), AT_REMOVEDIR);
    });
  }
  unlinkat(parent_.get(), staged_.c_str(), AT_REMOVEDIR);
}

Result<std::unique_ptr<StagedFile>> StagedFolder::Create(const std::string& folder,
                                                         const std::string& name) {
  const std::string path = folder.empty() ? name : folder + "/" + name;
  const std::string shown = shown_ + "/" + path;
  if (!IsPlainName(name)) {
    return Fail(Errc::kStorageError, "cannot make " + shown + ": no file can have this name");
  }
  if (!folder.empty()) JETKEEP_TRY(MakeFolder(folder));
  Descriptor file(
      openat(own_.get(), path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return Failure("cannot make " + shown, errno);
  files_.push_back(path);
  JETKEEP_TRY(GiveAccess(file.get(), access_.file_mode, shown));
  return std::make_unique<StagedFile>(std::move(file), shown);
}

Status StagedFolder::Drop(const std::string& folder) {
  if (!folders_.contains(folder)) return {};
  const std::string front = folder + "/";
  for (const std::string& file : files_) {
    if (file.starts_with(front) && unlinkat(own_.get(), file.c_str(), 0) != 0) {
      return Failure("cannot remove " + file, errno);
    }
  }
  std::erase_if(files_, [&](const std::string& file) { return file.starts_with(front); });
  if (unlinkat(own_.get(), folder.c_str(), AT_REMOVEDIR) != 0) {
    return Failure("cannot remove " + folder, errno);
  }
  folders_.erase(folder);
  return {};
}

Status StagedFolder::MakeDurable(const std::string& path, int flags) const {
  const Descriptor opened(openat(own_.get(), path.c_str(), flags));
  if (opened.get() < 0 || fsync(opened.get()) != 0) {
    return Failure("cannot write " + shown_ + "/" + path, errno);
  }
  return {};
}

Status StagedFolder::Publish() {
  JETKEEP_TRY(Appear());
  return SyncAbove();
}

// One commit of the file system in place of one for each file; Appear asks each file then.
void StagedFolder::SyncAll() const { static_cast<void>(syncfs(own_.get())); }

Status StagedFolder::SyncAbove() const {
  if (fsync(parent_.get()) == 0) return {};
  return Failure(shown_ + " is there, but it may not outlive a crash", errno);
}

Status StagedFolder::Appear() {
  for (const std::string& file : files_) {
    JETKEEP_TRY(MakeDurable(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  }
  for (const std::string& folder : folders_) JETKEEP_TRY(MakeDurable(folder, kFolderFlags));
  if (fsync(own_.get()) != 0) return Failure("cannot write " + shown_, errno);
  const int number = RenameToNothing(parent_.get(), staged_, name_);
  if (number == EEXIST || number == ENOTEMPTY || number == ENOTDIR) return Exists(shown_);
  if (number != 0) {
    return Failure("cannot rename the finished directory to " + shown_, number);
  }
  staged_.clear();
  return {};
}

}  // namespace jetkeep

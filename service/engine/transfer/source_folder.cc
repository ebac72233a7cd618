#include "service/engine/transfer/source_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace jetkeep {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr char kChangedHint[] = "Import again when nothing writes to the folder.";

std::string TextOf(int number) { return std::generic_category().message(number); }

tl::unexpected<Error> Failure(const std::string& shown, int number) {
  if (number == ELOOP) {
    return Fail(Errc::kArchiveCorrupt, shown + " is a symbolic link, which is not followed",
                "Put the file itself there.");
  }
  return Fail(Errc::kStorageError, "cannot read " + shown + ": " + TextOf(number));
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

// Most file systems tell the kind with the name.
SourceEntryKind KindOf(unsigned type) {
  switch (type) {
    case DT_REG:
      return SourceEntryKind::kFile;
    case DT_DIR:
      return SourceEntryKind::kFolder;
    case DT_LNK:
      return SourceEntryKind::kLink;
    default:
      return SourceEntryKind::kOther;
  }
}

}  // namespace

bool SameFile(const struct stat& a, const struct stat& b) {
  const auto same_time = [](const timespec& x, const timespec& y) {
    return x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec;
  };
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         same_time(a.st_mtim, b.st_mtim) && same_time(a.st_ctim, b.st_ctim);
}

SourceFile::SourceFile(Descriptor file, const struct stat& begin, std::string shown)
    : file_(std::move(file)),
      begin_(begin),
      size_(static_cast<std::uint64_t>(begin.st_size)),
      shown_(std::move(shown)),
      buffer_(kReadBytes, '\0') {}

Result<std::string_view> SourceFile::Read() {
  ssize_t count = 0;
  do {
    count = read(file_.get(), buffer_.data(), buffer_.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) return Failure(shown_, errno);
  const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
  read_ += bytes.size();
  hasher_.Update(bytes);
  return bytes;
}

Status SourceFile::Finish() {
  for (;;) {
    JETKEEP_ASSIGN(const std::string_view bytes, Read());
    if (bytes.empty()) break;
  }
  digest_ = hasher_.Finish();
  struct stat end {};
  if (fstat(file_.get(), &end) != 0) return Failure(shown_, errno);
  if (read_ != size_ || !SameFile(begin_, end)) {
    return Fail(Errc::kArchiveCorrupt, shown_ + " changed while it was read", kChangedHint);
  }
  return {};
}

Result<SourceFolder> SourceFolder::Open(const std::string& path) {
  Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return Fail(Errc::kBackupNotFound,
                  path + (errno == ENOENT ? " is not there" : " is no directory"),
                  "Name the directory of a backup of the nats command line, or the one above.");
    }
    return Failure(path, errno);
  }
  return SourceFolder(std::move(folder), {});
}

Result<std::vector<SourceEntry>> SourceFolder::List() const {
  const int own = openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::string shown = shown_.empty() ? "the folder" : shown_;
  if (own < 0) return Failure(shown, errno);
  const std::unique_ptr<DIR, CloseFolder> stream(fdopendir(own));
  if (!stream) {
    const int number = errno;
    close(own);
    return Failure(shown, number);
  }
  std::vector<SourceEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* item = readdir(stream.get());
    if (item == nullptr) {
      if (errno != 0) return Failure(shown, errno);
      break;
    }
    const std::string name = item->d_name;
    if (name == "." || name == "..") continue;
    if (entries.size() == kMaxSourceEntries) {
      return Fail(Errc::kArchiveUnsupported, shown + " has too many entries");
    }
    SourceEntry entry{name, KindOf(item->d_type)};
    if (item->d_type == DT_UNKNOWN) {
      struct stat about {};
      if (fstatat(folder_.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;  // removed meanwhile
        return Failure(shown_ + name, errno);
      }
      entry.kind = KindOf(IFTODT(about.st_mode));
    }
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(),
            [](const SourceEntry& a, const SourceEntry& b) { return a.name < b.name; });
  return entries;
}

Result<SourceFolder> SourceFolder::OpenFolder(const std::string& name) const {
  Descriptor folder(
      openat(folder_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder.get() < 0) return Failure(shown_ + name, errno);
  return SourceFolder(std::move(folder), shown_ + name + "/");
}

Result<std::unique_ptr<SourceFile>> SourceFolder::OpenFile(const std::string& name) const {
  const std::string shown = shown_ + name;
  // O_NONBLOCK: a pipe would wait for its writer.
  Descriptor file(openat(folder_.get(), name.c_str(),
                         O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return Failure(shown, errno);
  struct stat about {};
  if (fstat(file.get(), &about) != 0) return Failure(shown, errno);
  if (!S_ISREG(about.st_mode)) {
    return Fail(Errc::kArchiveCorrupt, shown + " is no regular file", "Put the file itself there.");
  }
  return std::make_unique<SourceFile>(std::move(file), about, shown);
}

Result<std::string> SourceFolder::ReadWhole(const std::string& name, std::uint64_t most) const {
  JETKEEP_ASSIGN(const auto file, OpenFile(name));
  if (file->size() > most) {
    return Fail(Errc::kArchiveCorrupt, shown_ + name + " has " + std::to_string(file->size()) +
                                           " bytes, more than any such file");
  }
  std::string content;
  while (content.size() <= most) {
    JETKEEP_ASSIGN(const std::string_view bytes, file->Read());
    if (bytes.empty()) break;
    content += bytes;
  }
  JETKEEP_TRY(file->Finish());
  return content;
}

}  // namespace jetkeep

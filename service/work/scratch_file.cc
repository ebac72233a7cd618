#include "service/work/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace jetkeep {
namespace {

Error ScratchError(int error, const std::string& what, const std::string& directory) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Error{
      full ? Errc::kScratchFull : Errc::kStorageError,
      what + " scratch file in " + directory + ": " + std::strerror(error),
      full ? "Free space there, or set scratch.directory to a directory with more space." : ""};
}

}  // namespace

ScratchFile::~ScratchFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status ScratchFile::Open(const std::string& directory) {
  directory_ = directory;
  fd_ = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd_ >= 0) return {};
  // Not every file system can make a file without a name.
  std::string path = directory + "/.jetkeep-scratch-XXXXXX";
  fd_ = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd_ < 0) return Fail(ScratchError(errno, "create", directory));
  ::unlink(path.c_str());
  return {};
}

Status ScratchFile::Append(std::string_view bytes) {
  std::uint64_t at = size_;
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0) {
      if (errno == EINTR) continue;
      return Fail(ScratchError(errno, "write", directory_));
    }
    at += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  size_ = at;
  return {};
}

Status ScratchFile::ReadAt(std::uint64_t offset, std::size_t size, char* out) const {
  while (size > 0) {
    const ssize_t got = ::pread(fd_, out, size, static_cast<off_t>(offset));
    if (got < 0) {
      if (errno == EINTR) continue;
      return Fail(ScratchError(errno, "read", directory_));
    }
    if (got == 0)
      return Fail(Errc::kStorageError, "the scratch file in " + directory_ + " is short");
    offset += static_cast<std::uint64_t>(got);
    out += got;
    size -= static_cast<std::size_t>(got);
  }
  return {};
}

bool ScratchFile::Release(std::uint64_t from, std::uint64_t to) const {
  return ::fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from),
                     static_cast<off_t>(to - from)) == 0;
}

Status ScratchFile::Reset() {
  if (fd_ >= 0 && ::ftruncate(fd_, 0) != 0)
    return Fail(ScratchError(errno, "truncate", directory_));
  size_ = 0;
  return {};
}

}  // namespace jetkeep

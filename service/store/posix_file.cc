#include "service/store/posix_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "service/store/posix_error.h"

namespace jetkeep {
namespace {

// Dirty pages are handed to the disk in runs of this size while more is written, so that the fsync
// at the end of a large file has little left to wait for.
constexpr std::uint64_t kPushBytes = 8 * 1024 * 1024;

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Status PosixWritableFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return PosixFailure(errno, "write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
    written_ += static_cast<std::uint64_t>(count);
  }
#ifdef SYNC_FILE_RANGE_WRITE
  if (written_ - pushed_ >= kPushBytes) {
    // Only a hint: Sync reports what fails.
    ::sync_file_range(fd_.get(), static_cast<off_t>(pushed_),
                      static_cast<off_t>(written_ - pushed_), SYNC_FILE_RANGE_WRITE);
    pushed_ = written_;
  }
#endif
  return {};
}

Status PosixWritableFile::Sync() {
  if (::fsync(fd_.get()) != 0) return PosixFailure(errno, "sync", path_);
  return {};
}

Status PosixWritableFile::Close() {
  const int fd = fd_.Release();
  // The descriptor is gone even after EINTR.
  if (fd >= 0 && ::close(fd) != 0 && errno != EINTR) return PosixFailure(errno, "close", path_);
  return {};
}

Status PosixReadableFile::ReadAt(std::uint64_t offset, std::size_t size, char* out) const {
  while (size > 0) {
    const ssize_t count = ::pread(fd_.get(), out, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return PosixFailure(errno, "read", path_);
    if (count == 0) {
      return Fail(Errc::kRepositoryCorrupt, path_ + " ends at byte " + std::to_string(offset));
    }
    offset += static_cast<std::uint64_t>(count);
    size -= static_cast<std::size_t>(count);
    out += count;
  }
  return {};
}

}  // namespace jetkeep

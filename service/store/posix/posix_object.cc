#include "service/store/posix/posix_object.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "service/store/posix/posix_error.h"

namespace jetkeep {
namespace {

// Dirty pages are handed to the disk in runs of this size while more is written, so that the fsync
// at the end of a large file has little left to wait for.
constexpr std::uint64_t kPushBytes = 8 * 1024 * 1024;

int RenameNoReplace(int directory, const std::string& from, const std::string& to) {
  if (::renameat2(directory, from.c_str(), directory, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return errno;
  // File systems without RENAME_NOREPLACE: a link fails if the target exists, too.
  if (::linkat(directory, from.c_str(), directory, to.c_str(), 0) != 0) return errno;
  // If the other name stays, a clean-up takes it for one that was left.
  ::unlinkat(directory, from.c_str(), 0);
  return 0;
}

}  // namespace

PosixObjectWriter::~PosixObjectWriter() {
  if (!there_ && Step("remove") == 0) ::unlinkat(directory_.get(), temporary_.c_str(), 0);
}

Status PosixObjectWriter::Append(std::string_view bytes) {
  if (const int number = Step("write"); number != 0) return PosixFailure(number, "write", shown_);
  while (!bytes.empty()) {
    const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return PosixFailure(errno, "write", shown_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
    written_ += static_cast<std::uint64_t>(count);
  }
#ifdef SYNC_FILE_RANGE_WRITE
  if (written_ - pushed_ >= kPushBytes) {
    // Only a hint: Commit reports what fails.
    ::sync_file_range(file_.get(), static_cast<off_t>(pushed_),
                      static_cast<off_t>(written_ - pushed_), SYNC_FILE_RANGE_WRITE);
    pushed_ = written_;
  }
#endif
  return {};
}

Result<std::unique_ptr<ObjectLock>> PosixObjectWriter::Lock() {
  // It is locked since it was made. A lock belongs to what was opened, not to a descriptor of it:
  // it lasts until the copy is closed, too.
  Descriptor copy(::fcntl(file_.get(), F_DUPFD_CLOEXEC, 0));
  if (copy.get() < 0) return PosixFailure(errno, "lock", shown_);
  return std::make_unique<PosixObjectLock>(std::move(copy));
}

Status PosixObjectWriter::Commit(Durability durability) {
  if (there_) return Fail(Errc::kObjectExists, shown_ + " exists already");
  int number = 0;
  if (durability == Durability::kDurable) {
    // After a failed fsync the next one may succeed although bytes are lost.
    if (sync_failed_ == 0) sync_failed_ = Step("sync");
    if (sync_failed_ == 0 && ::fsync(file_.get()) != 0) sync_failed_ = errno;
    if (sync_failed_ != 0) return PosixFailure(sync_failed_, "sync", shown_);
  }
  number = Step("rename");
  if (number == 0) number = RenameNoReplace(directory_.get(), temporary_, name_);
  if (number == EEXIST) return Fail(Errc::kObjectExists, shown_ + " exists already");
  if (number != 0) return PosixFailure(number, "create", shown_);
  there_ = true;
  // What a close can report after an fsync concerns nobody; without one nothing was promised.
  file_ = Descriptor(-1);
  return {};
}

Status PosixObjectReader::ReadAt(std::uint64_t offset, std::size_t size, char* out) const {
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

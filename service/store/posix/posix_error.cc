#include "service/store/posix/posix_error.h"

#include <cerrno>
#include <system_error>

namespace jetkeep {
namespace {

std::string HintFor(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return "Free space on the repository's volume, or make it bigger.";
    case EACCES:
    case EPERM:
      return "Let the user that runs jetkeep read and write the repository.";
    case EROFS:
      return "The volume is mounted read-only: look for errors of the disk, then mount it again.";
    case EMFILE:
    case ENFILE:
      return "Raise the limit of open files (ulimit -n).";
    case EIO:
      return "The disk reports errors: check it, and verify the backups on it.";
    case ELOOP:
      return "A symbolic link stands where the repository keeps a file or directory of its own, "
             "and is not followed: put the files themselves there, or mount their volume there.";
    default:
      return {};
  }
}

}  // namespace

tl::unexpected<Error> PosixFailure(int number, const std::string& doing, const std::string& path) {
  const Errc code = number == ENOSPC || number == EDQUOT ? Errc::kStorageFull : Errc::kStorageError;
  return Fail(code, "cannot " + doing + " " + path + ": " + std::generic_category().message(number),
              HintFor(number));
}

}  // namespace jetkeep

#include "service/store/posix/posix_path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace jetkeep {
namespace {

int FlagsFor(DirectoryUse use) {
  return O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | (use == DirectoryUse::kNames ? O_PATH : O_RDONLY);
}

int OpenAtOnce(int root, const char* path, DirectoryUse use) {
  open_how how{};
  // With O_NOFOLLOW a link at the end would be "not a directory".
  how.flags = static_cast<std::uint64_t>(FlagsFor(use) & ~O_NOFOLLOW);
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
  return static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how));
}

// Opening with O_DIRECTORY and O_NOFOLLOW calls a symbolic link "not a directory".
int OpenPart(int parent, const std::string& part, DirectoryUse use) {
  const int fd = ::openat(parent, part.c_str(), FlagsFor(use));
  if (fd >= 0 || errno != ENOTDIR) return fd;
  char target = 0;
  errno = ::readlinkat(parent, part.c_str(), &target, 1) >= 0 ? ELOOP : ENOTDIR;
  return -1;
}

int OpenPartByPart(int root, std::string_view path, DirectoryUse use) {
  int parent = root;
  while (true) {
    const auto slash = path.find('/');
    const bool last = slash == std::string_view::npos;
    const int fd =
        OpenPart(parent, std::string(path.substr(0, slash)), last ? use : DirectoryUse::kNames);
    const int number = errno;
    if (parent != root) ::close(parent);
    errno = number;
    if (last || fd < 0) return fd;
    parent = fd;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

int OpenDirectoryBeneath(int root, const std::string& path, DirectoryUse use) {
  const char* const shown = path.empty() ? "." : path.c_str();
  const int fd = OpenAtOnce(root, shown, use);
  // Kernels before 5.6 do not have the call, and some sandboxes refuse it.
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return fd;
  return OpenPartByPart(root, shown, use);
}

}  // namespace jetkeep

#include "protocol/tar/library_version.h"

#include <archive.h>

namespace jetkeep {

std::string ArchiveLibraryVersion() {
  std::string version = ::archive_version_string();  // "libarchive 3.6.2"
  return version.substr(version.rfind(' ') + 1);
}

}  // namespace jetkeep

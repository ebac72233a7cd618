// Paths below the root of a PosixFileSystem. A detail of this folder. Thread-safety: pure
// functions.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/error.h"

namespace jetkeep {

// Fails unless the path is relative and each part is neither empty nor "." nor "..". Empty means
// the root.
Status CheckRelativePath(const std::string& path);

enum class DirectoryUse : std::uint8_t {
  kNames,  // to reach what is in it; needs no right to read the directory
  kList,   // to list or sync it
};

// A descriptor of the directory below `root`, or -1 and errno. Symbolic links are not followed,
// wherever they stand in the path: ELOOP.
int OpenDirectoryBeneath(int root, const std::string& path, DirectoryUse use);

}  // namespace jetkeep

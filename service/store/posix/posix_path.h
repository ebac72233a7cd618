// Paths below the root of a PosixStore. A detail of this folder. Thread-safety: pure
// functions.
#pragma once

#include <cstdint>
#include <string>

namespace jetkeep {

enum class DirectoryUse : std::uint8_t {
  kNames,  // to reach what is in it; needs no right to read the directory
  kList,   // to list or sync it
};

// A descriptor of the directory below `root`, or -1 and errno. Symbolic links are not followed,
// wherever they stand in the path: ELOOP.
int OpenDirectoryBeneath(int root, const std::string& path, DirectoryUse use);

}  // namespace jetkeep

// The version of the library that reads and writes archives that this process runs with. Any
// thread.
#pragma once

#include <string>

namespace jetkeep {

std::string ArchiveLibraryVersion();

}  // namespace jetkeep

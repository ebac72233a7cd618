// A small file that appears whole or not at all. Thread-safety: may be called from any thread, for
// different temporary names.
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/filesystem.h"

namespace jetkeep {

// Writes the bytes under a temporary name, syncs them, renames the file to `path` and syncs its
// directory. Replaces nothing. After an error nothing is left under the temporary name.
Status WriteWholeFile(FileSystem& files, const std::string& temporary, const std::string& path,
                      const std::string& directory, std::string_view bytes);

}  // namespace jetkeep

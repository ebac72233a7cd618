// Marks of restores: that a stream has begun a new life since its backups, whatever its messages
// say. One is an empty file; it counts until a backup with a higher id is there.
//
// Thread-safety: functions may be called from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/filesystem.h"

namespace jetkeep {

// id: above those of the stream's backups.
Status MarkRestored(FileSystem& files, const std::string& account, const std::string& stream,
                    const std::string& id);

// The newest mark; empty: there is none.
Result<std::string> NewestRestore(FileSystem& files, const std::string& account,
                                  const std::string& stream);

// Removes the marks below `id` from a stream's directory, or all if it is empty. How many went.
Result<std::uint64_t> RemoveRestoredMarks(FileSystem& files, const std::string& stream_directory,
                                          const std::string& id);

}  // namespace jetkeep

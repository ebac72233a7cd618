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

// id: above those of the stream's backups and marks. Marks before it go.
Status MarkRestored(FileSystem& files, const std::string& account, const std::string& stream,
                    const std::string& id);

// The newest mark; empty: there is none.
Result<std::string> NewestRestore(FileSystem& files, const std::string& account,
                                  const std::string& stream);

// For a stream without backups, to which marks mean nothing.
void RemoveRestoredMarks(FileSystem& files, const std::string& stream_directory);

}  // namespace jetkeep

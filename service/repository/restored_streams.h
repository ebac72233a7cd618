// Marks of restores: that a stream has begun a new life since its backups, whatever its messages
// say. One is an empty file; it counts until a backup with a higher id is there.
//
// Thread-safety: functions may be called from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/store.h"

namespace jetkeep {

// id: above those of the stream's backups and marks. Marks before it go.
Status MarkRestored(Store& store, const std::string& account, const std::string& stream,
                    const std::string& id);

// The newest mark; empty: there is none.
Result<std::string> NewestRestore(Store& store, const std::string& account,
                                  const std::string& stream);

// For a stream without backups, to which marks mean nothing.
void RemoveRestoredMarks(Store& store, const std::string& stream_directory);

}  // namespace jetkeep

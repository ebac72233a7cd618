// Removing what dead writers left behind, and what a deleted backup no longer needs. Works beside
// living writers and readers of any process: a writer holds the lock of its pending file from
// before its first segment until after its manifest is published. Thread-safety: functions may be
// called from any thread.
#pragma once

#include <cstdint>

#include "jetkeep/filesystem.h"
#include "protocol/repository/layout.h"

namespace jetkeep {

struct CleanUpResult {
  std::uint64_t files_removed = 0;
};

Status CleanUpLineage(FileSystem& files, const LineagePath& place, CleanUpResult& result);

// Best effort: the directories of a lineage without files go, too.
void RemoveEmptyDirectories(FileSystem& files, const LineagePath& place);

}  // namespace jetkeep

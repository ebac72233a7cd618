// Removing what ended writers left behind, and what a deleted backup no longer needs. Works beside
// living writers and readers of any process: a writer holds its claim (backup_claim.h) from before
// its first segment until after its manifest is published. Of one that stands still the claim is
// taken, once its lease has expired, and with it the right to remove what it wrote. Only files that
// jetkeep makes, in their own place, are ever removed. Thread-safety: functions may be called from
// any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "service/store/lease.h"

namespace jetkeep {

// A clean-up never fails: what could not be read or removed is named, and stays for the next one.
struct CleanUpResult {
  std::uint64_t files_removed = 0;
  std::vector<Error> problems;
  // Where somebody makes a backup, or seems to, so that another clean-up has to follow.
  std::vector<LineagePath> at_work;
};

// deleted: the id of a backup that the caller removed just now, or empty.
void CleanUpLineage(Store& store, Leases& leases, const LineagePath& place, CleanUpResult& result,
                    const std::string& deleted = {});

// Best effort: the directories of a lineage without files go, too.
void RemoveEmptyDirectories(Store& store, const LineagePath& place);

}  // namespace jetkeep

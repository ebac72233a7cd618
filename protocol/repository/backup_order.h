// Which of several backups is the newer one. FORMAT.md, "Order".
//
// Clocks of several processes disagree, so they decide last: within a lineage sequences only rise,
// and a writer gives its backup an id above all that it found. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/backup.h"

namespace jetkeep {

// REQUIRES: both are of one lineage.
bool IsNewerInLineage(const BackupSummary& a, const BackupSummary& b);

// Each stream's backups by the rule; those of different streams are merged by time.
void SortNewestFirst(std::vector<BackupSummary>& backups);

// Where the clocks that made the backups contradict their order: at most one line a stream, which
// names two backups and the difference. backups: as SortNewestFirst leaves them.
std::vector<std::string> ClockDisagreements(const std::vector<BackupSummary>& newest_first);

// How much older one backup is than the other, in time and messages, for people: "2h 5m older; it
// ends at sequence 50, 50 before the other". Each part only where it can be told.
std::string AgeBetween(const BackupSummary& older, const BackupSummary& newer);

}  // namespace jetkeep

// What a backup is worth, for retention and for monitoring alike. A pure function.
#pragma once

#include "jetkeep/backup.h"
#include "service/policy/retention.h"

namespace jetkeep {

// verification_unknown: a result cannot be read, which may say that the backup is bad.
Worth WorthOf(const BackupSummary& backup, bool verification_unknown);

}  // namespace jetkeep

// A backup as `backup.show` describes it.
#pragma once

#include <string>

#include "jetkeep/backup.h"
#include "jetkeep/error.h"
#include "protocol/repository/manifest.h"
#include "service/repository/repository.h"

namespace jetkeep {

BackupDetails Describe(const Manifest& manifest);
// The same of a backup in a repository, with the outcome of its last verification.
Result<BackupDetails> ShowBackup(Repository& repository, const std::string& backup_id);

// Complete by its own account, but made by a program that did not prove it: messages that were
// written while it was made may be missing.
bool MadeBeforeExactCuts(const BackupSummary& backup);
// What to say of it, or of several: "made before exact cuts: …".
std::string BeforeExactCutsText();

}  // namespace jetkeep

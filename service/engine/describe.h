// A manifest as `backup.show` tells it. Pure.
#pragma once

#include <string>

#include "jetkeep/backup.h"
#include "protocol/repository/manifest.h"

namespace jetkeep {

BackupDetails Describe(const Manifest& manifest);

// Complete by its own account, but made by a program that did not prove it: messages that were
// written while it was made may be missing.
bool MadeBeforeExactCuts(const BackupSummary& backup);
// What to say of it, or of several: "made before exact cuts: …".
std::string BeforeExactCutsText();

}  // namespace jetkeep

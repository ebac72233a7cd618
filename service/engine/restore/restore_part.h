// A part of a backup as the manifest of a smaller one: the messages that are left out stand among
// the deleted ones, so plan, archive and comparison know nothing of the rest. The repository is not
// changed. Thread-safety: each call stands alone.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/job.h"
#include "protocol/repository/manifest.h"
#include "service/repository/repository.h"

namespace jetkeep {

struct BackupPart {
  Manifest manifest;
  std::vector<std::string> left_out;  // in words
};

// Reads the messages that may be selected, unless all are meant. kInvalidRequest: the selection
// takes no message of the backup, or names a consumer that is not in it.
Result<BackupPart> TakePart(Repository& repository, Manifest manifest, const RestorePart& part,
                            const CancelToken& cancel);

}  // namespace jetkeep

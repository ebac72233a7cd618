// ChangedTarget: what a restore under another name, with other subjects, or in another shape makes,
// as a target and the manifest that it is made of. The repository is not changed. Thread-safety:
// each call stands alone.
#pragma once

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/restore_changes.h"
#include "service/engine/restore/limit_removal.h"
#include "service/engine/restore/restore_part.h"
#include "service/engine/restore/restore_plan.h"
#include "service/repository/repository.h"

namespace jetkeep {

// Changes the part's consumers, and its messages if some are to be left out. Reads messages only
// where new limits or merged subjects may remove some. kInvalidName, kInvalidRequest: the changes
// cannot be made of this backup. A removal that was not allowed is a refusal of the target.
Result<RestoreTarget> ChangeTarget(Repository& repository, BackupPart& part,
                                   const RestoreChanges& changes, bool allow_removal,
                                   const ServerLimits& server, const CancelToken& cancel);

}  // namespace jetkeep

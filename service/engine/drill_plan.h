// What a drill restores: the stream of a backup under a scratch name, with everything taken off its
// configuration that would reach other streams or clients, or let messages go while they are
// compared. Pure functions.
#pragma once

#include <string>

#include "jetkeep/error.h"
#include "protocol/repository/manifest.h"
#include "service/engine/restore_job.h"

namespace jetkeep {

struct DrillPlan {
  Manifest manifest;  // with consumers that deliver to nobody
  RestoreTarget target;
};

Result<DrillPlan> PlanDrill(const Manifest& manifest);

}  // namespace jetkeep

// What a drill restores: the stream of a backup under a scratch name, with everything taken off its
// configuration that would reach other streams or clients, or let messages go while they are
// compared. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/repository/manifest.h"
#include "service/engine/restore/restore_plan.h"

namespace jetkeep {

// What the names of scratch streams begin with.
inline constexpr std::string_view kDrillStreamFront = "JETKEEP_DRILL_";

struct DrillPlan {
  Manifest manifest;  // with consumers that deliver to nobody
  RestoreTarget target;
};

// Some servers refuse consumers that filter for subjects outside of the stream's; for them each
// filter becomes that of all the scratch stream's subjects.
enum class DrillFilters : std::uint8_t { kKept, kReplaced };

Result<DrillPlan> PlanDrill(const Manifest& manifest, DrillFilters filters);

}  // namespace jetkeep

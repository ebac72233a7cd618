// What a restore looks at before anything is sent: the server, every stored byte of the backup, and
// the grants that its end needs. The restore stops at the first reason not to begin; a dry run
// wants all of them.
#pragma once

#include <cstdint>

#include "jetkeep/cancel.h"
#include "jetkeep/clock.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "protocol/repository/manifest.h"
#include "service/engine/restore/restore_plan.h"
#include "service/repository/repository.h"

namespace jetkeep {

enum class Checks : std::uint8_t { kUntilOneRefuses, kAll };

// The plan, with every refusal that was found. Changes nothing, neither on the server nor in the
// repository. An error: what has to be looked at could not be.
Result<RestorePlan> PrepareRestore(JetStream& server, Repository& repository,
                                   const Manifest& manifest, const RestoreTarget& target,
                                   Checks checks, const WallClock& clock,
                                   const CancelToken& cancel);

// Reads every stored byte. kRepositoryCorrupt: something is wrong with them.
Status CheckStoredBackup(Repository& repository, const Manifest& manifest,
                         const CancelToken& cancel);

// What a restore fails with. REQUIRES: the plan has refusals.
Error RefusalOf(const RestorePlan& plan);

}  // namespace jetkeep

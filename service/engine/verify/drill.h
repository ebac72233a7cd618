// Drill: restores a backup into a scratch stream, reads that back through a snapshot, compares
// every message and consumer with the backup, and removes the stream, whatever happens.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "protocol/repository/manifest.h"
#include "service/engine/engine_options.h"
#include "service/engine/verify/drill_plan.h"
#include "service/repository/repository.h"

namespace jetkeep {

struct DrillResult {
  std::vector<std::string> differences;  // in words; empty: the copy is the backup
  // What the server could not honour and was left out, and what went by rules of time.
  std::vector<std::string> warnings;
};

// How far a drill is: the share of the copy that was sent, from 0 to 1, and how many of its
// messages were compared. Called on threads of the engine, one call at a time.
using DrillProgress = std::function<void(double sent, std::uint64_t compared)>;

class Drill {
 public:
  // All must outlive the drill.
  Drill(JetStream& server, Repository& repository, const EngineOptions& options,
        const CancelToken& cancel, DrillProgress progress)
      : server_(server),
        repository_(repository),
        options_(options),
        cancel_(cancel),
        progress_(std::move(progress)) {}

  // An error: the drill could not be done.
  Result<DrillResult> Run(const Manifest& manifest);

 private:
  Result<DrillResult> RunPlan(const DrillPlan& plan);
  // A consumer that the server refuses is added to the target's, and the error returned.
  Result<DrillResult> RunOnce(const Manifest& manifest, RestoreTarget& target);
  // With what the restore of the copy planned.
  Result<DrillResult> CompareCopy(const Manifest& manifest, const RestorePlan& plan);

  JetStream& server_;
  Repository& repository_;
  const EngineOptions& options_;
  const CancelToken& cancel_;
  const DrillProgress progress_;
};

}  // namespace jetkeep

// Drill: restores a backup into a scratch stream, reads that back through a snapshot, compares
// every message and consumer with the backup, and removes the stream, whatever happens.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "protocol/repository/manifest.h"
#include "service/engine/engine_options.h"
#include "service/engine/verify/drill_plan.h"
#include "service/repository/repository.h"

namespace jetkeep {

class Drill {
 public:
  // All must outlive the drill.
  Drill(JetStream& server, Repository& repository, const EngineOptions& options,
        const CancelToken& cancel)
      : server_(server), repository_(repository), options_(options), cancel_(cancel) {}

  // What differs, in words; empty: nothing. An error: the drill could not be done.
  Result<std::vector<std::string>> Run(const Manifest& manifest);

 private:
  Result<std::vector<std::string>> RunPlan(const DrillPlan& plan);
  Result<std::vector<std::string>> CompareCopy(const Manifest& manifest,
                                               const std::string& scratch);

  JetStream& server_;
  Repository& repository_;
  const EngineOptions& options_;
  const CancelToken& cancel_;
};

}  // namespace jetkeep

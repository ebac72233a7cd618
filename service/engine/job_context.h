// JobContext: what every job of the engine works with. All of it outlives the job.
#pragma once

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "service/engine/engine_options.h"
#include "service/repository/repository.h"

namespace jetkeep {

struct JobContext {
  JetStream* server = nullptr;  // null: there is none, and the job reads the repository alone
  Repository& repository;
  const EngineOptions& options;
  JobObserver& observer;
  const CancelToken& cancel;
};

}  // namespace jetkeep

// The engine: backups, restores and verifications of one account over one server connection and one
// repository. See include/jetkeep/engine.h for the contract.
#pragma once

#include <memory>

#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "service/engine/engine_options.h"
#include "service/repository/repository.h"

namespace jetkeep {

// Server and repository must outlive the engine.
std::unique_ptr<Engine> MakeEngine(JetStream& server, Repository& repository,
                                   const EngineOptions& options);

}  // namespace jetkeep

// serve: starts the parts of the service, and stops them.
#pragma once

#include "jetkeep/error.h"
#include "service/config/load.h"

namespace jetkeep {

// Runs until SIGINT or SIGTERM, then stops in order: no new requests, jobs cancelled within the
// grace time, their last events sent, connection drained and closed, loop ended. Errors are those
// of the start.
Status Serve(const LoadedConfig& loaded);

}  // namespace jetkeep

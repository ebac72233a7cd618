// Pushes how a command ended to a Pushgateway. Waits for its answer, a few seconds at most.
#pragma once

#include <string>

#include "jetkeep/error.h"
#include "service/cli/command.h"

namespace jetkeep {

// Where the URL has a path, it is that of the group; else the group is the job "jetkeep", the
// command and this host. What an earlier run pushed stays where this one says nothing else.
Status PushRun(const std::string& url, const FinishedRun& run);

}  // namespace jetkeep

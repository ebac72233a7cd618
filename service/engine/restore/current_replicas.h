// Waits for the replicas of a stream.
#pragma once

#include <chrono>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"

namespace jetkeep {

// Until every replica is current; at once outside of a cluster. kRestoreNotCurrent: not in time.
Status AwaitCurrentReplicas(JetStream& server, const std::string& stream,
                            std::chrono::milliseconds timeout, const CancelToken& cancel);

}  // namespace jetkeep

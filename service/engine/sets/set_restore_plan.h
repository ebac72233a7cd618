// What the restore of a set may do to the server, looked at as a whole before the first stream is
// begun: each stream is planned against the server as it will be once those before it are there.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/js_config/stream_config.h"
#include "service/engine/restore/restore_plan.h"
#include "service/engine/restore/server_facts.h"

namespace jetkeep {

// The indices of the streams in groups: origins come in a group before their mirrors and those that
// source them. Streams that feed each other in a circle come last, together.
std::vector<std::vector<std::size_t>> OriginsFirst(const std::vector<StreamConfigFacts>& streams);

// Takes into account that the stream of the plan is there.
void AddRestored(ServerFacts& facts, const RestorePlan& plan);

// The server stands alone and cannot keep so many replicas.
Status CheckReplicas(const ServerIdentity& server, const StreamConfigFacts& stream);

}  // namespace jetkeep

// ConsumerPlan: how each consumer of a backup comes back. Pure.
//
// A v2 archive brings all of them back with their state. A v1 archive brings a consumer in memory
// back without its state, and clusters from 2.15 then begin it at sequence 1; so it is left out of
// the archive and created once the stream is there, to start above its acknowledgement floor. Where
// the stream keeps only what a consumer still wants (work queue, interest) it stays in the archive,
// because the server would drop messages before it was created; those it acknowledged are gone
// anyway.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/snapshot.h"

namespace jetkeep {

struct ConsumerPlan {
  std::vector<ConsumerBackup> archived;
  std::vector<ConsumerBackup> created;  // by a request each, after the restore
  std::vector<std::string> warnings;
};

// Without what is pending below the stream's first sequence: messages that were acknowledged, and
// so removed, while the backup was made. Servers from 2.15 refuse such a state in a v2 archive.
void ForgetPendingBelow(ConsumerState& state, std::uint64_t first_sequence);

// v2_archive: the format that is sent; removes_on_ack: the stream's retention is work queue or
// interest. kRepositoryCorrupt if a configuration is not a JSON object.
Result<ConsumerPlan> PlanConsumers(const std::vector<ConsumerBackup>& consumers, bool v2_archive,
                                   bool removes_on_ack);

}  // namespace jetkeep

// Consumers of a backup: those inside the archive, completed by those that only the server knows.
//
// Servers leave consumers out of a snapshot: in-memory ones always, and up to 2.14 in a cluster
// every one without a replica on the stream leader's node. So the server's own list decides what
// must be inside. Pure functions.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "jetkeep/stream.h"
#include "jetkeep/stream_state.h"

namespace jetkeep {

struct ConsumersOfCut {
  std::vector<ConsumerBackup> consumers;  // by name
  std::vector<std::string> warnings;
};

// `now_ns` stands in for delivery times that a server does not tell; `last_sequence` is the cut's,
// and no consumer is ahead of it in the result.
//
// A consumer that a 2.15 cluster archived stands at its acknowledgement floor although messages
// above it are delivered and pending. Where the server's information shows that, and nothing above
// the cut, it is used.
ConsumersOfCut MergeConsumers(std::vector<ConsumerBackup> archived,
                              const std::vector<ConsumerInfo>& listed, std::uint64_t last_sequence,
                              std::int64_t now_ns);

// The same where the server made no snapshot: all that is known is what it lists.
ConsumersOfCut RebuildConsumers(const std::vector<ConsumerInfo>& listed,
                                std::uint64_t last_sequence, std::int64_t now_ns);

// Whether a cut between these two lists of the server might be behind a consumer, or lack one that
// its messages wait for: one was created, created again, or set back in between. Those without a
// durable name come and go.
bool CutNeedsLaterList(const std::vector<ConsumerInfo>& before,
                       const std::vector<ConsumerInfo>& after);

// The names of the consumers that are others in the later list, or only there.
std::set<std::string> MadeAnew(const std::vector<ConsumerInfo>& before,
                               const std::vector<ConsumerInfo>& after);

// The durable consumers of the later list that are only there; none if more has changed than that.
std::vector<std::string> OnlyNew(const std::vector<ConsumerInfo>& before,
                                 const std::vector<ConsumerInfo>& after);

// Brings a consumer that has seen messages above the cut back to it, so that each of them reaches
// it after a restore. Consumer sequences that are not known exactly become too low rather than too
// high.
void ClampToCut(ConsumerState& state, std::uint64_t last_sequence);

// The state of a consumer as far as the server's information shows it. Exact when no message is
// pending, or when everything between acknowledgement floor and delivered is. Else everything
// between counts as pending, so that nothing unacknowledged is lost (what was acknowledged out of
// order is delivered again); beyond kMaxRebuiltPending the consumer is rolled back to its floor.
inline constexpr std::uint64_t kMaxRebuiltPending = 100'000;
struct RebuiltState {
  ConsumerState state;
  bool exact = false;
};
RebuiltState RebuildState(const ConsumerInfo& info, std::int64_t now_ns);

}  // namespace jetkeep

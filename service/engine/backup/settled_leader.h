// A settled leader: in clusters of servers before 2.11 an elected leader of a stream answers before
// it has applied all messages that the cluster acknowledged. A cut of that state would lack them,
// and nothing in the answers tells. So only a leader that has led for a while is believed.
#pragma once

#include <chrono>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"

namespace jetkeep {

// How long messages that a follower had not applied may take at most.
inline constexpr std::chrono::milliseconds kLeaderSettles{2000};

// leader: of the stream, as the server said at `since`. The result: the leader that has been the
// same for kLeaderSettles. kCutNotReached if it changes again and again.
Result<std::string> AwaitSettledLeader(JetStream& server, const std::string& stream,
                                       std::string leader,
                                       std::chrono::steady_clock::time_point since,
                                       const CancelToken& cancel,
                                       std::chrono::milliseconds settles = kLeaderSettles);

tl::unexpected<Error> LeaderChanged(const std::string& stream);

}  // namespace jetkeep

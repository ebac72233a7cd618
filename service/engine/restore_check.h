// Whether what a server reports after a restore is what the backup holds. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/jetstream.h"
#include "jetkeep/stream_state.h"
#include "protocol/repository/manifest.h"

namespace jetkeep {

// The state that a restore of the backup has to reach. That of the cut, but for a damaged backup:
// there the lost messages are as good as deleted.
StreamState StateAfterRestore(const Manifest& manifest);

// Each difference in words; empty: equal. `actual` is the state in the server's verdict on the
// restore, before any client can have written to the stream.
std::vector<std::string> CompareStates(const StreamState& expected, const StreamState& actual);

struct ConsumerDifferences {
  std::vector<std::string>
      failures;  // consumers that are missing, or stand behind where the backup has them
  std::vector<std::string>
      vanished;  // missing ones that the server removes by itself when nobody uses them
};

// A consumer that is ahead is no difference: a client may have begun to use it. `first_sequence` is
// the stream's: servers raise an acknowledgement floor to just below it.
ConsumerDifferences CompareConsumers(const std::vector<ConsumerBackup>& expected,
                                     std::uint64_t first_sequence,
                                     const std::vector<ConsumerInfo>& actual);

}  // namespace jetkeep

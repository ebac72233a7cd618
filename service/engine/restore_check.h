// Whether what a server reports after a restore is what the backup holds. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/jetstream.h"
#include "jetkeep/stream_state.h"

namespace jetkeep {

// Each difference in words; empty: equal. `actual` is the state in the server's verdict on the restore,
// before any client can have written to the stream.
std::vector<std::string> CompareStates(const StreamState& expected, const StreamState& actual);

// A consumer that is missing, or stands behind where the backup has it. One that is ahead is no difference:
// a client may have begun to use it.
std::vector<std::string> CompareConsumers(const std::vector<ConsumerBackup>& expected,
                                          const std::vector<ConsumerInfo>& actual);

}  // namespace jetkeep

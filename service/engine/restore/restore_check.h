// Whether what a server reports after a restore is what the backup holds. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/stream.h"
#include "jetkeep/stream_state.h"
#include "protocol/repository/manifest.h"

namespace jetkeep {

// The state that a restore of the backup has to reach. That of the cut, but for a damaged backup:
// there the lost messages are as good as deleted.
StreamState StateAfterRestore(const Manifest& manifest);

// How many messages of such a state have a higher sequence.
std::uint64_t MessagesAbove(const Manifest& manifest, const StreamState& restored,
                            std::uint64_t sequence);

// Each difference in words; empty: equal. `actual` is the state in the server's verdict on the
// restore, before any client can have written to the stream.
std::vector<std::string> CompareStates(const StreamState& expected, const StreamState& actual);

// The first few in one line of text, and how many more there are.
std::string JoinedDifferences(const std::vector<std::string>& differences);

// What a restore ends with that did not bring back what the backup holds.
tl::unexpected<Error> RestoreMismatch(const std::string& stream, const std::string& what);

// A consumer that stands behind where the backup has it, or has other messages pending.
struct ConsumerElsewhere {
  std::string name;
  std::string what;  // in words, with the name
};

struct ConsumerDifferences {
  std::vector<std::string> missing;  // in words
  std::vector<ConsumerElsewhere> elsewhere;
  std::vector<std::string>
      vanished;  // missing ones that the server removes by itself when nobody uses them
};

// A consumer that is ahead is no difference: a client may have begun to use it. `first_sequence` is
// the stream's: servers raise an acknowledgement floor to just below it. `messages_went`: some of
// the backup's messages are gone by the stream's own rules, so fewer may be pending.
ConsumerDifferences CompareConsumers(const std::vector<ConsumerBackup>& expected,
                                     std::uint64_t first_sequence,
                                     const std::vector<ConsumerInfo>& actual,
                                     bool messages_went = false);

}  // namespace jetkeep

// Whether the restored stream is the backup's, although its own rules remove messages as soon as it
// exists, and producers write to it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/stream_state.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/repository/manifest.h"

namespace jetkeep {

struct Arrival {
  std::vector<std::string> differences;  // in words; empty: it is the backup's
  std::vector<std::string> warnings;     // what the stream's own rules changed, with counts
  std::uint64_t gone = 0;                // messages of the backup that are there no longer
};

// `actual` is the state in the server's verdict. Messages with higher sequences than the backup's
// came since and are no difference, nor is what the stream's limits remove for them.
// `may_have_expired`: so many of the backup's messages at most may be gone by rules of time.
Arrival JudgeArrival(const Manifest& manifest, const StreamConfigFacts& config,
                     const StreamState& expected, const StreamState& actual,
                     std::uint64_t may_have_expired);

// Says that `past` messages are past their time although only `gone` had left when the server
// answered; empty: nothing to say.
std::string StillToGo(std::uint64_t past, std::uint64_t gone);

}  // namespace jetkeep

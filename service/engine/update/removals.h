// Which changes of a stream's configuration take messages away from it, and how many.
#pragma once

#include <cstdint>
#include <vector>

#include "jetkeep/drift.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "protocol/js_api/server_version.h"
#include "protocol/js_config/stream_config.h"

namespace jetkeep {

struct StreamChange {
  const StreamInfo& found;
  const StreamConfigFacts& before;
  const StreamConfigFacts& after;
  const std::vector<Drift>& differences;  // of the stream and its consumers
  std::int64_t now_ns = 0;
  ServerVersion server = {};
};

// One for each reason that may take a message away. Reads single messages where their times count;
// changes nothing.
Result<std::vector<ConfigChanges::Removal>> RemovalsBy(JetStream& server,
                                                       const StreamChange& change);

}  // namespace jetkeep

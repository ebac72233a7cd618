// What a restore has to know of the server before it plans: requested once, then only read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/clock.h"
#include "jetkeep/jetstream.h"
#include "protocol/js_config/stream_config.h"

namespace jetkeep {

struct LiveStream {
  std::string name;
  std::optional<StreamConfigFacts> config;  // none: not asked for, or gone meanwhile
};

struct ServerFacts {
  ServerIdentity identity;
  std::optional<AccountInfo> account;  // none: it could not be asked
  std::string account_unknown;         // why
  std::vector<LiveStream> streams;
  std::int64_t now_ns = 0;
  // The server does not run, and its files are written: as v1, and nothing comes into memory.
  bool stopped = false;
};

// The configurations of other streams are asked for where the server says that their subjects
// overlap those of the new one, or where they feed it.
Result<ServerFacts> GatherServerFacts(JetStream& server, std::string_view config_json,
                                      const WallClock& clock, const CancelToken& cancel);

// The same with the configurations of all streams, whatever is restored.
Result<ServerFacts> GatherAllServerFacts(JetStream& server, const WallClock& clock,
                                         const CancelToken& cancel);

}  // namespace jetkeep

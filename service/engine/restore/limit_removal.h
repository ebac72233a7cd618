// LimitRemoval: which messages of a backup the limits of the restored stream do not allow, if they
// are narrower than those of the stream that was backed up, or if subjects become one.
// Thread-safety: each call stands alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/repository/manifest.h"
#include "service/engine/restore/record_rewrite.h"
#include "service/engine/restore/restore_part.h"
#include "service/repository/repository.h"

namespace jetkeep {

// How the server that makes the stream carries limits out.
struct ServerLimits {
  std::int64_t now_ns = 0;           // by the clock that comes closest to the server's
  bool discard_new_removes = false;  // when it loads a stream that discards new messages
};

struct LimitRemoval {
  std::uint64_t removed = 0;        // left out, or removed by the server as soon as they are there
  std::uint64_t expiring = 0;       // of these: sent, as the server's clock decides
  std::vector<std::string> limits;  // that remove them: "max_msgs 10"
  TakenMessages kept;               // if any is removed
  std::vector<std::string> warnings;
  // Patterns that together match the subjects of all messages before they are rewritten.
  std::vector<std::string> subjects;
};

// Reads the messages only if one of the limits may remove some. kInvalidRequest: the backup has too
// many subjects to count the messages of each.
Result<LimitRemoval> FindLimitRemoval(Repository& repository, const Manifest& manifest,
                                      const StreamConfigFacts& target, const RecordRewrite& rewrite,
                                      const ServerLimits& server, const CancelToken& cancel);

}  // namespace jetkeep

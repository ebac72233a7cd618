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

struct LimitRemoval {
  std::uint64_t removed = 0;
  std::vector<std::string> limits;  // that remove them: "max_msgs 10"
  TakenMessages kept;               // if any is removed
  std::vector<std::string> warnings;
};

// Reads the messages only if one of the limits may remove some. kInvalidRequest: the backup has too
// many subjects to count the messages of each.
Result<LimitRemoval> FindLimitRemoval(Repository& repository, const Manifest& manifest,
                                      const StreamConfigFacts& target, const RecordRewrite& rewrite,
                                      std::int64_t now_ns, const CancelToken& cancel);

}  // namespace jetkeep

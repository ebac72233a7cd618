// A backup, as backup.list, backup.show and the event `completed` show it.
#pragma once

#include <cstddef>

#include "jetkeep/backup.h"
#include "protocol/control/document.h"

namespace jetkeep {

Document ToDocument(const BackupSummary& backup);

// How much of its long lists an answer takes; what is left out is counted in `truncated`.
struct DetailLimits {
  std::size_t consumers = 10'000;
  std::size_t segments = 10'000;
  std::size_t lost = 1'000;
  std::size_t warnings = 100;
};
Document ToDocument(const BackupDetails& details, const DetailLimits& limits = {});

}  // namespace jetkeep

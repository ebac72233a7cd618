// A backup, as backup.list, backup.show and the event `completed` show it.
#pragma once

#include <cstddef>
#include <string>

#include "jetkeep/backup.h"
#include "protocol/control/document.h"

namespace jetkeep {

// Manifests and sets hold the server's JSON; whoever reads an answer gets it as an object. Text
// that is no object is shown as it is rather than lost.
Document FromServerJson(const std::string& json);

Document ToDocument(const BackupSummary& backup);
Document ToDocument(const StreamState& state);
// How much of its long lists an answer takes; what is left out is counted in `truncated`.
struct DetailLimits {
  std::size_t consumers = 10'000;
  std::size_t segments = 10'000;
  std::size_t lost = 1'000;
  std::size_t warnings = 100;
};
Document ToDocument(const BackupDetails& details, const DetailLimits& limits = {});

}  // namespace jetkeep

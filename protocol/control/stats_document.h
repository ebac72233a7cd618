// What the messages of a backup come to, as backup.stats answers and `stats` prints. Pure.
#pragma once

#include <cstddef>

#include "jetkeep/stats.h"
#include "protocol/control/document.h"

namespace jetkeep {

// At most `most` subjects and as many periods; `truncated` counts what is left out.
Document ToDocument(const BackupStats& stats, std::size_t most);

}  // namespace jetkeep

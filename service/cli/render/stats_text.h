// What the messages of a backup come to, as tables. Pure.
#pragma once

#include <string>

#include "protocol/control/document.h"

namespace jetkeep {

// answer: of backup.stats.
std::string RenderStats(const Document& answer);

}  // namespace jetkeep

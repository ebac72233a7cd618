// How a backup differs, as text. Pure.
#pragma once

#include <string>

#include "protocol/control/document.h"

namespace jetkeep {

// answer: of backup.diff.
std::string RenderDiff(const Document& answer);

}  // namespace jetkeep

// What `prune` prints of an answer of backup.prune.
#pragma once

#include <string>

#include "protocol/control/document.h"

namespace jetkeep {

// A line for each backup and set with the verdict and its reasons, and a line with the sum.
std::string RenderPrune(const Document& answer);

}  // namespace jetkeep

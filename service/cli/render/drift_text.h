// How the account differs, for people. Pure.
#pragma once

#include <string>

#include "protocol/control/document.h"

namespace jetkeep {

// The answer of backup.drift: a line for each difference, and a last one that sums up.
std::string RenderDrift(const Document& answer);

}  // namespace jetkeep

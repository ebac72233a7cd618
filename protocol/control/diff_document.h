// How a backup differs from another one or from the living stream, as backup.diff answers and
// `diff` prints. Pure.
#pragma once

#include <cstddef>

#include "jetkeep/diff.h"
#include "protocol/control/document.h"

namespace jetkeep {

// At most `most` elements of each list; `truncated` counts what is left out.
Document ToDocument(const DiffReport& report, std::size_t most);

}  // namespace jetkeep

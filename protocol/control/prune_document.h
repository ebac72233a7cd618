// backup.prune: the request, and the answer of what stays and what goes. Thread-safety: pure
// functions.
#pragma once

#include <cstddef>
#include <string>

#include "jetkeep/error.h"
#include "jetkeep/prune.h"
#include "protocol/control/document.h"

namespace jetkeep {

// kInvalidRequest if no rule keeps anything.
Result<PruneSpec> ParsePruneRequest(const Document& body);
// What a client sends.
Document ToDocument(const PruneSpec& spec);

// At most `most` of each list, what goes before what stays if not all fit; `truncated` counts what
// is left out.
Document PruneAnswer(const PruneReport& report, bool dry_run, const std::string& account,
                     std::size_t most);

}  // namespace jetkeep

// What differs between configurations that were kept and the account, as backup.drift answers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "jetkeep/drift.h"
#include "protocol/control/document.h"

namespace jetkeep {

std::string_view NameOf(DriftKind kind);

Document ToDocument(const Drift& drift);

// At most `most` differences, and as many streams that could not be compared; `truncated` counts
// what is left out.
Document ToDocument(const DriftReport& report, const std::string& account, std::size_t most);

// Adds `differences` and `removals`, at most `most` of each, where there are any; `truncated`
// counts what is left out.
void PutChanges(Document& document, const ConfigChanges& changes, std::size_t most);

}  // namespace jetkeep

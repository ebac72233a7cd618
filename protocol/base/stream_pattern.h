// Patterns of stream names: `*` stands for any characters, also none, `?` for one; neither can be
// part of a name. Thread-safety: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

// Whether the word holds a wildcard.
bool HasWildcard(std::string_view word);
// kInvalidName: empty, or no stream can have such a name.
Status CheckStreamPattern(std::string_view pattern);
bool MatchesStreamPattern(std::string_view pattern, std::string_view name);
// One pattern, or several with blanks between them.
std::vector<std::string_view> SplitPatterns(std::string_view group);

}  // namespace jetkeep

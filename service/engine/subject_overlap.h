// Whether two stream subjects have a subject in common. Pure.
#pragma once

#include <string_view>

namespace jetkeep {

// Both may hold the wildcards '*' (one token) and, at the end, '>' (one token or more).
bool SubjectsOverlap(std::string_view a, std::string_view b);

}  // namespace jetkeep

// How subjects with wildcards relate. Pure.
#pragma once

#include <string_view>

namespace jetkeep {

// Whether the two have a subject in common. Both may hold the wildcards '*' (one token) and, at the
// end, '>' (one token or more).
bool SubjectsOverlap(std::string_view a, std::string_view b);

// Whether every subject that matches `subject` matches `pattern`, too.
bool SubjectIsSubset(std::string_view subject, std::string_view pattern);

}  // namespace jetkeep

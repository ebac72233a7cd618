// What of a set did not end well, as reports name it. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "jetkeep/set.h"

namespace jetkeep {

// A report names so many; the set itself, or the log, names all.
inline constexpr std::size_t kMaxFailuresNamed = 100;

std::vector<MemberFailure> FailuresOf(const std::vector<SetMember>& members);

}  // namespace jetkeep

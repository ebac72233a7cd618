// Lists in the texts that people read. Pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace jetkeep {

// At most `most` of the parts, `between` them; how many are left out, if any, behind `before_rest`:
// "a, b and 3 more".
std::string JoinFirst(std::span<const std::string> parts, std::size_t most,
                      std::string_view between = ", ", std::string_view before_rest = " and ");

}  // namespace jetkeep

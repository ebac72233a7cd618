// Where a stream that was restored without its max_age keeps what that was: in its metadata, as a
// number of nanoseconds.
#pragma once

#include <string_view>

namespace jetkeep {

inline constexpr std::string_view kFrozenKey = "jetkeep.frozen_max_age";
inline constexpr std::string_view kFrozenPath = "metadata.jetkeep.frozen_max_age";

}  // namespace jetkeep

// Finds what a misspelled name probably means, for "did you mean …?". Thread-safety: pure.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace jetkeep {

// How many characters must be inserted, deleted or replaced to make `b` of `a`.
std::size_t EditDistance(std::string_view a, std::string_view b);

// The name that is fewest edits away from `name`, at most `most_edits`; empty if none is that near
// or `name` is longer than any name is. Of equally near ones, the first.
std::string_view NearestName(std::string_view name, std::span<const std::string_view> names,
                             std::size_t most_edits = 3);

}  // namespace jetkeep

// White space of JSON texts: everything else stays the bytes it is. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace jetkeep {

// REQUIRES, of both: one JSON value, checked before.

// Without white space between tokens.
std::string CompactJson(std::string_view json);
// Two spaces a level, one member a line, as the `nats` command line writes its files. The first
// line is not indented; `level` is that of the value.
std::string IndentJson(std::string_view json, int level = 0);

}  // namespace jetkeep

// RFC 3339 times in UTC, as NATS servers and our own documents write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

// "2026-11-21T01:24:10.5Z": nanoseconds since the Unix epoch, trailing zeros of the fraction
// dropped.
std::string FormatTime(std::int64_t unix_ns);

// Accepts any offset and up to nine digits of fraction. The server's zero time (year 1) gives 0.
Result<std::int64_t> ParseTime(std::string_view text);

}  // namespace jetkeep

// Byte sizes ("64MiB") and durations ("1h30m") as people write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

// A whole number with B, KiB, MiB, GiB, TiB, or the decimal kB, KB, MB, GB, TB; without a unit:
// bytes. Nothing else is accepted (no sign, fraction, white space), nor what does not fit 64 bits.
Result<std::uint64_t> ParseByteSize(std::string_view text);

// The largest binary unit that divides the size: "64MiB", "1000B", "0".
std::string FormatByteSize(std::uint64_t bytes);

// Whole numbers with d, h, m, s, ms, each unit at most once, largest first; or a bare "0".
Result<std::chrono::milliseconds> ParseDuration(std::string_view text);

// The inverse: "1h30m", "500ms", "0s".
std::string FormatDuration(std::chrono::milliseconds duration);

// A whole number without sign, in decimal.
Result<std::uint64_t> ParseWholeNumber(std::string_view text);

}  // namespace jetkeep

// Numbers, sizes, times and texts for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jetkeep {

std::string HumanCount(std::uint64_t count);  // "1,234,567"
std::string HumanSize(std::uint64_t bytes);   // "17 B", "1.5 KiB", "20.0 MiB", "3.2 GiB"
std::string HumanSeconds(double seconds);     // "0.42 s", "17 s", "3m05s", "2h10m"
// "3 consumers", "1 consumer"
std::string HumanPlural(std::uint64_t count, std::string_view singular);

// RFC 3339 with an offset ("2026-11-21T02:24:10+01:00") from any RFC 3339 time; what is no time is
// kept.
std::string LocalTime(std::string_view rfc3339);

// The text with control characters replaced by '?': what a server or a file says cannot steer a
// terminal.
std::string Printable(std::string_view text);

// Columns of a terminal that the UTF-8 text takes: two for wide characters, none for those that
// combine with the one before.
std::size_t DisplayWidth(std::string_view text);

// The beginning of the text that takes at most so many columns, in whole characters.
std::string CutToWidth(std::string_view text, std::size_t width);

}  // namespace jetkeep

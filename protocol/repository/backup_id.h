// Backup ids: `20261121T012410Z-7k2m9qdx`, the UTC second and eight random base-32 characters. They
// sort by time, are one subject token, and are safe in paths. FORMAT.md, "Names". Thread-safety:
// pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

inline constexpr std::size_t kBackupIdBytes = 25;
inline constexpr std::size_t kSecondOfIdBytes = 16;  // "20261121T012410Z"

// now_ns: since the Unix epoch, not before it; 40 bits of `random` are used.
std::string NewBackupId(std::int64_t now_ns, std::uint64_t random);
// The same, but above each id in `seen`, whatever the clock says: a backup that begins when others
// are there sorts behind them.
std::string NewBackupIdAbove(std::span<const std::string> seen, std::int64_t now_ns,
                             std::uint64_t random);

// The second in the id, in ns; 0 if it is none that a clock shows.
std::int64_t TimeOfBackupId(std::string_view id);

bool IsBackupId(std::string_view text);
// kInvalidName, naming what an id looks like.
Status CheckBackupId(std::string_view text);

}  // namespace jetkeep

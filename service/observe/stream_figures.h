// What the backups of each stream come to. A pure function.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "jetkeep/backup.h"

namespace jetkeep {

// As the label `condition` shows them.
inline constexpr std::array<std::string_view, 3> kShownConditions = {"good", "bad", "config_only"};

struct StreamFigures {
  std::int64_t last_success_ns = 0;  // of the data; 0: there is no good backup
  std::int64_t last_verified_ns = 0;
  std::int64_t last_drilled_ns = 0;
  // Of the newest good backup.
  double duration_seconds = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t newest_stored_bytes = 0;
  // Of all.
  std::uint64_t stored_bytes = 0;
  std::array<std::uint64_t, kShownConditions.size()> backups{};
};

// By stream. A backup is good if it is complete and did not fail its last verification.
std::map<std::string, StreamFigures> FiguresOf(std::span<const BackupSummary> backups);

}  // namespace jetkeep

#include "service/observe/stream_figures.h"

#include <algorithm>

namespace jetkeep {
namespace {

enum Shown : std::size_t { kGood, kBad, kConfigOnly };

Shown ConditionOf(const BackupSummary& backup) {
  if (backup.condition == BackupCondition::kConfigOnly) return kConfigOnly;
  const bool failed = backup.verified && !backup.verified->ok;
  return backup.condition == BackupCondition::kComplete && !failed ? kGood : kBad;
}

// A cut's time is the server's. An old backup has none: its data is at least as old as its start.
std::int64_t TimeOfData(const BackupSummary& backup) {
  return backup.cut_time_ns != 0 ? backup.cut_time_ns : backup.started_ns;
}

void Take(StreamFigures& figures, const BackupSummary& backup) {
  const Shown condition = ConditionOf(backup);
  ++figures.backups[condition];
  figures.stored_bytes += backup.stored_bytes;
  if (condition != kGood) return;
  if (backup.verified) {
    const std::int64_t time_ns = backup.verified->time_ns;
    figures.last_verified_ns = std::max(figures.last_verified_ns, time_ns);
    if (backup.verified->drill) {
      figures.last_drilled_ns = std::max(figures.last_drilled_ns, time_ns);
    }
  }
  if (TimeOfData(backup) <= figures.last_success_ns) return;
  figures.last_success_ns = TimeOfData(backup);
  figures.duration_seconds =
      static_cast<double>(std::max<std::int64_t>(0, backup.completed_ns - backup.started_ns)) / 1e9;
  figures.messages = backup.messages;
  figures.bytes = backup.bytes;
  figures.newest_stored_bytes = backup.stored_bytes;
}

}  // namespace

std::map<std::string, StreamFigures> FiguresOf(std::span<const BackupSummary> backups) {
  std::map<std::string, StreamFigures> figures;
  for (const BackupSummary& backup : backups) Take(figures[backup.stream], backup);
  return figures;
}

}  // namespace jetkeep

#include "service/observe/stream_figures.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/backup_order.h"
#include "service/policy/backup_worth.h"

namespace jetkeep {
namespace {

enum Shown : std::size_t { kShownGood, kShownBad, kShownConfigOnly, kShownUnproved, kShownUnknown };

Shown ShownAs(const BackupSummary& backup, Worth worth) {
  switch (worth) {
    case Worth::kGood:
      return backup.condition == BackupCondition::kConfigOnly ? kShownConfigOnly : kShownGood;
    case Worth::kUnproved:
      return kShownUnproved;
    case Worth::kBad:
      return kShownBad;
    case Worth::kUnknown:
      break;
  }
  return kShownUnknown;
}

// A cut's time is the server's clock, which may be ahead of the one that measures ages. Nothing is
// known of data whose backup has no cut, like an imported one: files bear the time of a copy.
std::int64_t TimeOfData(const BackupSummary& backup) {
  if (backup.cut_time_ns == 0) return 0;
  return std::min(backup.cut_time_ns, backup.completed_ns);
}

void ShowNewest(StreamFigures& figures, const BackupSummary& newest) {
  figures.last_success_ns = TimeOfData(newest);
  figures.duration_seconds =
      static_cast<double>(std::max<std::int64_t>(0, newest.completed_ns - newest.started_ns)) / 1e9;
  figures.messages = newest.messages;
  figures.bytes = newest.bytes;
  figures.newest_stored_bytes = newest.stored_bytes;
}

}  // namespace

void FiguresFold::Add(const BackupSummary& backup, bool verification_unknown) {
  Stream& stream = streams_[backup.stream];
  StreamFigures& figures = stream.figures;
  const Shown shown = ShownAs(backup, WorthOf(backup, verification_unknown));
  ++figures.backups[shown];
  figures.stored_bytes += backup.stored_bytes;
  if (shown == kShownConfigOnly) return;  // each has a lineage of its own, and is no backup
  Lineage& lineage = stream.lineages[backup.lineage];
  lineage.newest_id = std::max(lineage.newest_id, backup.id);
  if (shown != kShownGood) return;
  if (backup.verified) {
    const std::int64_t time_ns = backup.verified->time_ns;
    figures.last_verified_ns = std::max(figures.last_verified_ns, time_ns);
    if (backup.verified->drill) {
      figures.last_drilled_ns = std::max(figures.last_drilled_ns, time_ns);
    }
  }
  if (TimeOfData(backup) == 0) return;
  if (!lineage.best || IsNewerInLineage(backup, *lineage.best)) lineage.best = backup;
}

void FiguresFold::AddAttempt(const Attempt& attempt) {
  if (streams_.contains(attempt.stream)) return;
  Tried& tried = tried_[attempt.stream];
  if (attempt.time_ns < tried.time_ns) return;
  tried.time_ns = attempt.time_ns;
  tried.in_vain = attempt.error != nullptr && attempt.error->code != Errc::kStreamNotFound;
}

std::map<std::string, StreamFigures> FiguresFold::Take() {
  std::map<std::string, StreamFigures> all;
  for (auto& [name, stream] : streams_) {
    const Lineage* newest = nullptr;
    for (const auto& [id, lineage] : stream.lineages) {
      if (!lineage.best) continue;
      if (newest == nullptr || lineage.newest_id > newest->newest_id) newest = &lineage;
    }
    if (newest != nullptr) ShowNewest(stream.figures, *newest->best);
    all.emplace(name, stream.figures);
  }
  for (const auto& [name, tried] : tried_) {
    if (tried.in_vain) all.try_emplace(name);
  }
  streams_.clear();
  tried_.clear();
  return all;
}

}  // namespace jetkeep

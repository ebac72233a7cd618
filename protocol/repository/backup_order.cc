#include "protocol/repository/backup_order.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace jetkeep {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// Clocks of one network are kept together better than this; ids count whole seconds.
constexpr std::int64_t kClockTolerance = 2 * kSecond;

using StreamKey = std::pair<std::string_view, std::string_view>;
StreamKey StreamOf(const BackupSummary& backup) { return {backup.account, backup.stream}; }

std::string Duration(std::int64_t ns) {
  const std::int64_t seconds = ns / kSecond;
  const std::int64_t minutes = seconds / 60;
  const std::int64_t hours = minutes / 60;
  if (hours >= 48) return std::to_string(hours / 24) + "d " + std::to_string(hours % 24) + "h";
  if (hours > 0) return std::to_string(hours) + "h " + std::to_string(minutes % 60) + "m";
  if (minutes > 0) return std::to_string(minutes) + "m " + std::to_string(seconds % 60) + "s";
  return std::to_string(seconds) + "s";
}

}  // namespace

// Equal last sequences: no message came in between, so fewer are later.
bool IsNewerInLineage(const BackupSummary& a, const BackupSummary& b) {
  if (a.last_sequence != b.last_sequence) return a.last_sequence > b.last_sequence;
  const std::uint64_t live_a = a.messages + a.lost_messages;
  const std::uint64_t live_b = b.messages + b.lost_messages;
  if (live_a != live_b) return live_a < live_b;
  return a.id > b.id;
}

void SortNewestFirst(std::vector<BackupSummary>& backups) {
  // The newest id stands for its lineage.
  using LineageKey = std::pair<StreamKey, std::string_view>;
  const auto lineage_of = [](const BackupSummary& backup) {
    return LineageKey{StreamOf(backup), backup.lineage};
  };
  std::map<LineageKey, std::string_view> lineages;
  for (const BackupSummary& backup : backups) {
    std::string_view& newest = lineages[lineage_of(backup)];
    newest = std::max<std::string_view>(newest, backup.id);
  }
  std::vector<std::size_t> order(backups.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    const BackupSummary& a = backups[left];
    const BackupSummary& b = backups[right];
    if (StreamOf(a) != StreamOf(b)) return StreamOf(a) < StreamOf(b);
    if (a.lineage == b.lineage) return IsNewerInLineage(a, b);
    const std::string_view newest_a = lineages[lineage_of(a)];
    const std::string_view newest_b = lineages[lineage_of(b)];
    return newest_a != newest_b ? newest_a > newest_b : a.lineage > b.lineage;
  });
  // For the merge of streams a backup counts as no earlier than those that it is newer than.
  std::vector<std::pair<std::int64_t, std::size_t>> by_time(order.size());
  for (std::size_t i = order.size(); i-- > 0;) {
    by_time[i] = {backups[order[i]].completed_ns, order[i]};
    const bool same_stream =
        i + 1 < order.size() && StreamOf(backups[order[i]]) == StreamOf(backups[order[i + 1]]);
    if (same_stream) by_time[i].first = std::max(by_time[i].first, by_time[i + 1].first);
  }
  std::stable_sort(by_time.begin(), by_time.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<BackupSummary> sorted;
  sorted.reserve(backups.size());
  for (const auto& [time, at] : by_time) sorted.push_back(std::move(backups[at]));
  backups = std::move(sorted);
}

std::vector<std::string> ClockDisagreements(const std::vector<BackupSummary>& newest_first) {
  // Of each stream, the pair that is furthest apart: a newer backup and the latest start among
  // those that it is newer than.
  struct Stream {
    const BackupSummary* latest = nullptr;
    std::string text;
    std::int64_t most = kClockTolerance;
  };
  std::map<StreamKey, Stream> streams;
  for (std::size_t i = newest_first.size(); i-- > 0;) {
    const BackupSummary& backup = newest_first[i];
    if (backup.started_ns == 0) continue;  // not known
    Stream& stream = streams[StreamOf(backup)];
    if (stream.latest == nullptr || backup.started_ns >= stream.latest->started_ns) {
      stream.latest = &backup;
      continue;
    }
    const std::int64_t behind = stream.latest->started_ns - backup.started_ns;
    if (behind <= stream.most) continue;
    stream.most = behind;
    stream.text = "the clocks that made the backups of stream " + backup.stream +
                  " disagree: backup " + backup.id + " is newer than " + stream.latest->id +
                  ", but its clock was at least " + Duration(behind) +
                  " behind; the order here does not go by clocks";
  }
  std::vector<std::string> lines;
  for (auto& [key, stream] : streams) {
    if (!stream.text.empty()) lines.push_back(std::move(stream.text));
  }
  return lines;
}

std::string AgeBetween(const BackupSummary& older, const BackupSummary& newer) {
  std::string text;
  const std::int64_t apart = newer.started_ns - older.started_ns;
  if (older.started_ns != 0 && newer.started_ns != 0 && apart >= 0) {
    text = Duration(apart) + " older";
  } else {
    text = "older by an unknown time";
  }
  if (newer.last_sequence == 0) return text;
  text += "; it ends at sequence " + std::to_string(older.last_sequence) + ", the newer one at " +
          std::to_string(newer.last_sequence);
  if (older.lineage == newer.lineage && newer.last_sequence >= older.last_sequence) {
    text += " (" + std::to_string(newer.last_sequence - older.last_sequence) + " messages later)";
  }
  return text;
}

}  // namespace jetkeep

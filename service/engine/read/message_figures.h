// Counting messages. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "jetkeep/record.h"
#include "jetkeep/stats.h"

namespace jetkeep {

inline void Merge(MessageFigures& into, const MessageFigures& more) {
  if (more.messages == 0) return;
  if (into.messages == 0) {
    into = more;
    return;
  }
  into.messages += more.messages;
  into.bytes += more.bytes;
  into.first_sequence = std::min(into.first_sequence, more.first_sequence);
  into.last_sequence = std::max(into.last_sequence, more.last_sequence);
  into.first_time_ns = std::min(into.first_time_ns, more.first_time_ns);
  into.last_time_ns = std::max(into.last_time_ns, more.last_time_ns);
}

inline MessageFigures FiguresOf(const RecordView& record, bool in_memory) {
  return {1,
          in_memory ? MemoryStoreSize(record) : FileStoreSize(record),
          record.sequence,
          record.sequence,
          record.timestamp_ns,
          record.timestamp_ns};
}

inline std::uint64_t RankOf(const MessageFigures& figures, StatsBy by) {
  return by == StatsBy::kBytes ? figures.bytes : figures.messages;
}

}  // namespace jetkeep

// PeriodTable: counts messages by the hour in which they were stored; where that would make too
// many hours, by the day, the week, or 52 weeks. All begin at whole hours UTC; weeks on Mondays.
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "jetkeep/stats.h"

namespace jetkeep {

class PeriodTable {
 public:
  void Add(const MessageFigures& message);
  StatsPeriod period() const { return period_; }
  std::vector<PeriodFigures> Periods() const;

 private:
  std::int64_t Begin(std::int64_t time_ns) const;
  void Lengthen();

  StatsPeriod period_ = StatsPeriod::kHour;
  std::map<std::int64_t, MessageFigures> periods_;  // by their begin
};

}  // namespace jetkeep

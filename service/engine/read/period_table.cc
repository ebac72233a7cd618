#include "service/engine/read/period_table.h"

#include <array>
#include <limits>
#include <utility>

#include "service/engine/read/message_figures.h"

namespace jetkeep {
namespace {

constexpr std::int64_t kHourNs = 3'600'000'000'000;
constexpr std::int64_t kDayNs = 24 * kHourNs;
constexpr std::int64_t kWeekNs = 7 * kDayNs;
// 1970-01-05 was the first Monday of the epoch.
constexpr std::int64_t kMondayNs = 4 * kDayNs;

struct Length {
  std::int64_t ns;
  std::size_t most;  // periods of this length
};
// Of years there can never be more: the times of 64 bits span 584 of them.
constexpr std::array<Length, 4> kLengths{
    {{kHourNs, 7 * 24}, {kDayNs, 400}, {kWeekNs, 600}, {52 * kWeekNs, 1000}}};

const Length& LengthOf(StatsPeriod period) { return kLengths[static_cast<std::size_t>(period)]; }

}  // namespace

std::int64_t PeriodTable::Begin(std::int64_t time_ns) const {
  const std::int64_t length = LengthOf(period_).ns;
  const std::int64_t offset = kMondayNs % length;
  std::int64_t into = (time_ns % length - offset) % length;
  if (into < 0) into += length;
  std::int64_t begin = 0;
  // The first period of all begins before the earliest time that there is.
  constexpr std::int64_t kEarliest = std::numeric_limits<std::int64_t>::min();
  if (__builtin_sub_overflow(time_ns, into, &begin)) return kEarliest;
  return begin;
}

void PeriodTable::Add(const MessageFigures& message) {
  Merge(periods_[Begin(message.first_time_ns)], message);
  while (periods_.size() > LengthOf(period_).most && period_ != StatsPeriod::kYear) Lengthen();
}

void PeriodTable::Lengthen() {
  period_ = static_cast<StatsPeriod>(static_cast<int>(period_) + 1);
  std::map<std::int64_t, MessageFigures> shorter = std::exchange(periods_, {});
  for (const auto& [begin, figures] : shorter) Merge(periods_[Begin(begin)], figures);
}

std::vector<PeriodFigures> PeriodTable::Periods() const {
  std::vector<PeriodFigures> periods;
  periods.reserve(periods_.size());
  for (const auto& [begin, figures] : periods_) periods.push_back({begin, figures});
  return periods;
}

}  // namespace jetkeep

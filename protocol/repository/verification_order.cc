#include "protocol/repository/verification_order.h"

#include <algorithm>

namespace jetkeep {

bool Overrules(const Verification& newer, const Verification& older) {
  if (newer.seen_ns < older.time_ns) return false;
  return older.ok || !older.drill || newer.drill;
}

bool OverrulesUnreadable(const Verification& newer, std::int64_t time_ns) {
  return newer.seen_ns >= time_ns;
}

std::optional<Verification> VerificationThatCounts(std::span<const Verification> results) {
  std::optional<Verification> counts;
  for (const Verification& result : results) {
    const bool overruled =
        std::any_of(results.begin(), results.end(),
                    [&](const Verification& other) { return Overrules(other, result); });
    if (overruled) continue;
    const bool better = !counts || (counts->ok && !result.ok) ||
                        (counts->ok == result.ok && counts->time_ns < result.time_ns);
    if (better) counts = result;
  }
  return counts;
}

}  // namespace jetkeep

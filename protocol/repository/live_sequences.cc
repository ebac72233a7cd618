#include "protocol/repository/live_sequences.h"

#include <algorithm>

namespace jetkeep {
namespace {

// Messages in first..last, which lie within the state.
std::uint64_t LiveIn(const Manifest& manifest, std::uint64_t first, std::uint64_t last) {
  if (first > last) return 0;
  return last - first + 1 - manifest.deleted.CountIn(first, last) -
         manifest.lost.CountIn(first, last);
}

}  // namespace

bool IsLive(const Manifest& manifest, std::uint64_t sequence) {
  return sequence != 0 && sequence >= manifest.state.first_sequence &&
         sequence <= manifest.state.last_sequence && !manifest.deleted.Contains(sequence) &&
         !manifest.lost.Contains(sequence);
}

std::uint64_t LowestLive(const Manifest& manifest, std::uint64_t last) {
  const std::uint64_t first = std::max<std::uint64_t>(manifest.state.first_sequence, 1);
  std::uint64_t high = std::min(manifest.state.last_sequence, last);
  if (LiveIn(manifest, first, high) == 0) return 0;
  std::uint64_t low = first;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (LiveIn(manifest, first, middle) > 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

std::uint64_t HighestLive(const Manifest& manifest, std::uint64_t last) {
  std::uint64_t low = std::max<std::uint64_t>(manifest.state.first_sequence, 1);
  const std::uint64_t end = std::min(manifest.state.last_sequence, last);
  if (LiveIn(manifest, low, end) == 0) return 0;
  std::uint64_t high = end;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2 + 1;
    if (LiveIn(manifest, middle, end) > 0) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

bool NothingCameBack(const Manifest& older, const Manifest& newer) {
  const std::uint64_t lowest = LowestLive(newer, older.state.last_sequence);
  if (lowest == 0) return true;
  if (lowest < older.state.first_sequence) return false;
  const std::uint64_t last = std::min(older.state.last_sequence, newer.state.last_sequence);
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  for (std::uint64_t from = lowest; from <= last && older.deleted.NextRange(from, &first, &end);
       from = end + 1) {
    end = std::min(end, last);
    if (first > end) break;
    if (LiveIn(newer, first, end) > 0) return false;
    if (end == last) break;
  }
  return true;
}

}  // namespace jetkeep

#include "service/nats/list_pages.h"

#include <algorithm>

namespace jetkeep {
namespace {

// No account holds more; a list that goes on beyond this comes from a server that does not tell the
// truth.
constexpr std::uint64_t kLongestList = 10'000'000;
// As much of the page before as is asked for again: when fewer items went meanwhile, no gap is
// left.
constexpr std::uint64_t kOverlap = 8;
constexpr int kMostInVain = 1'000;

}  // namespace

void AddToRange(PageRange& range, const std::string& name) {
  if (range.items == 0 || name < range.lowest) range.lowest = name;
  if (range.items == 0 || name > range.highest) range.highest = name;
  ++range.items;
}

Status ReadPages(const std::function<Result<PageRange>(std::uint64_t)>& get) {
  std::string highest;
  std::uint64_t offset = 0;
  std::uint64_t overlap = kOverlap;
  int in_vain = 0;
  for (;;) {
    JETKEEP_ASSIGN(const PageRange page, get(offset));
    const bool gap = offset != 0 && (page.items == 0 || page.lowest > highest);
    if (gap) {
      if (++in_vain > kMostInVain) break;
      offset -= std::min(offset, overlap);
      overlap *= 2;
      continue;
    }
    if (page.items == 0 && page.total != 0) {
      return Fail(Errc::kServerBusy,
                  "the server's list is empty, and has " + std::to_string(page.total) + " items");
    }
    if (offset + page.items >= page.total) return {};
    if (page.highest <= highest && ++in_vain > kMostInVain) break;
    highest = std::max(highest, page.highest);
    overlap = kOverlap;
    offset += page.items - std::min(kOverlap, page.items / 2);
    if (offset > kLongestList) break;
  }
  return Fail(Errc::kServerBusy, "the server's list does not end");
}

}  // namespace jetkeep

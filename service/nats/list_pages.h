// How a list is read that a server sends in pages by offset while what it lists comes and goes.
// Thread-safety: a pure function of what `get` answers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/js_api/responses.h"

namespace jetkeep {

// What was on one page. Servers sort by name, so a page holds all there is between the two names.
struct PageRange {
  std::uint64_t total = 0;  // of the whole list, as the page tells
  std::uint64_t items = 0;
  std::string lowest;  // name; empty: no item
  std::string highest;
};

// Widens the range by one item.
void AddToRange(PageRange& range, const std::string& name);

// Asks for pages until the last one. What is there from the first request to the last answer is on
// one of them: a page that may have left a gap behind the one before is asked for again, further
// ahead. An item may be on several pages. kServerBusy: the list does not end.
Status ReadPages(const std::function<Result<PageRange>(std::uint64_t offset)>& get);

// The items of all pages in the order of their names.
template <typename T, typename NameOf>
Result<std::vector<T>> AllPages(const std::function<Result<Page<T>>(std::uint64_t)>& get,
                                const NameOf& name_of) {
  std::map<std::string, T> items;
  JETKEEP_TRY(ReadPages([&](std::uint64_t offset) -> Result<PageRange> {
    JETKEEP_ASSIGN(Page<T> page, get(offset));
    PageRange range;
    range.total = page.total;
    for (T& item : page.items) {
      std::string name = name_of(item);
      AddToRange(range, name);
      items.insert_or_assign(std::move(name), std::move(item));
    }
    return range;
  }));
  std::vector<T> all;
  all.reserve(items.size());
  for (auto& [name, item] : items) all.push_back(std::move(item));
  return all;
}

}  // namespace jetkeep

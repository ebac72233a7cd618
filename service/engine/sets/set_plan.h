// SetPlan: which streams a set is made of, and in which order. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/set.h"
#include "jetkeep/stream.h"

namespace jetkeep {

struct SetPlan {
  // One after the other; the streams of a group may go at once, the largest first.
  std::vector<std::vector<ListedStream>> groups;
  std::vector<std::string> unavailable;  // chosen, but the server cannot tell of them
  std::uint64_t streams = 0;             // in all
};

// kStreamNotFound: a pattern of `streams` or `order` chooses no stream, or nothing is left of what
// they choose. kInvalidName.
Result<SetPlan> PlanSet(const SetSelection& selection, const StreamListing& listing);

// kInvalidName, kInvalidRequest: what is wrong with the selection alone.
Status CheckSelectionWords(const SetSelection& selection);

// Whether one of the patterns is that of the name.
bool MatchesAny(const std::vector<std::string>& patterns, std::string_view name);

}  // namespace jetkeep

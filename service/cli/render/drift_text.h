// How the account differs, for people. Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocol/control/document.h"

namespace jetkeep {

// How the two sides of a difference are called.
struct DifferenceWords {
  std::string_view missing;  // "missing in the account"
  std::string_view extra;    // "in the account only"
  std::string_view kept;     // "kept was"
};

// One difference of configurations, without a line end.
std::string RenderDifference(const Document& difference, const DifferenceWords& words);

// The answer of backup.drift: a line for each difference, and a last one that sums up.
std::string RenderDrift(const Document& answer);

// The changes of a restore that updates configurations, or of its dry run, a line each.
std::string RenderChanges(const Document& answer);

}  // namespace jetkeep

// The answer to a dry run of restore.request.
#pragma once

#include <cstddef>
#include <string>

#include "jetkeep/job.h"
#include "protocol/control/document.h"

namespace jetkeep {

inline constexpr std::size_t kMaxPlanLines = 1'000;  // of each list

// account: whose streams the restore would be about. Of each list at most so many elements; what is
// left out is counted in `truncated`.
Document RestorePlanDocument(const RestorePreview& preview, const std::string& account,
                             std::size_t max_lines = kMaxPlanLines);

// The same of a set: `streams`, each with its error where it would be refused. keep_going: those do
// not keep the others from being restored.
Document RestoreSetPlanDocument(const RestoreSetPreview& preview, const std::string& account,
                                std::size_t max_lines, bool keep_going = false);

}  // namespace jetkeep

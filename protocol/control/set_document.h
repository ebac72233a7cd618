// A set, as backup.sets, backup.set and events show it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "jetkeep/job.h"
#include "jetkeep/set.h"
#include "protocol/control/document.h"

namespace jetkeep {

Document ToDocument(const SetSummary& set);
// The members from `offset` on, at most `most`; `truncated` counts those behind them.
Document ToDocument(const SetDetails& set, std::uint64_t offset, std::size_t most);
// At most `most` of them.
Document ToDocument(std::span<const MemberFailure> failures, std::size_t most);
// What an event says of the set beside the job's own figures.
Document SetResult(const BackupSetReport& report, std::size_t most_failures);
Document SetResult(const RestoreSetReport& report, std::size_t most_failures);
// How far each stream is.
Document ToDocument(const SetProgress& progress);

}  // namespace jetkeep

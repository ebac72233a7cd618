// Counts the messages of a backup, in bounded memory. Thread-safety: each call stands alone.
#pragma once

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/stats.h"
#include "service/engine/read/subject_table.h"
#include "service/repository/repository.h"

namespace jetkeep {

// Reads what the selection may be in once; twice if the subjects do not fit into `subject_bytes`.
// A part of the backup that cannot be read is an error: no figure is of less than was asked for.
Result<BackupStats> CountMessages(Repository& repository, const StatsSpec& spec,
                                  const CancelToken& cancel,
                                  std::size_t subject_bytes = SubjectTable::kMostBytes);

}  // namespace jetkeep

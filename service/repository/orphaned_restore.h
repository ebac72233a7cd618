// Whether a restore has not ended whose process is gone. Thread-safety: that of Repository.
#pragma once

#include "service/repository/repository.h"

namespace jetkeep {

// Takes nothing. True also where a record cannot be read: what cannot be read is not absent.
bool HoldsOrphanedRestore(Repository& repository);

}  // namespace jetkeep

// How a backup differs from another one, or from the living stream. Nothing is changed.
// Thread-safety: each call stands alone.
#pragma once

#include "jetkeep/cancel.h"
#include "jetkeep/diff.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "service/repository/repository.h"

namespace jetkeep {

// Of backups spec.a and spec.b. No server is asked.
Result<DiffReport> CompareBackups(Repository& repository, const DiffSpec& spec,
                                  const CancelToken& cancel);

// Of backup spec.a and the living stream: its messages up to the backup's last sequence are asked
// of its leader one by one, which changes nothing whatever its retention. kStreamNotFound;
// kStreamChanged: while it was read it became another one, or lost its newest messages.
Result<DiffReport> CompareWithStream(JetStream& server, Repository& repository,
                                     const DiffSpec& spec, const CancelToken& cancel);

}  // namespace jetkeep

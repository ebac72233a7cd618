// Lineage: one life of a stream. Messages never change under a sequence number within a life; a
// stream that was deleted and made again begins a new one, although a restore brings its old
// creation time back.
#pragma once

#include <string>

#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "service/repository/repository.h"

namespace jetkeep {

// The lineage that a new backup of the live stream belongs to: that of its newest backup if the
// stream still has the creation time of that backup and has not fallen behind it; empty: a new one.
Result<std::string> LineageOf(Repository& repository, const std::string& stream,
                              const StreamInfo& live);

}  // namespace jetkeep

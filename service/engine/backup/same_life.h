// Whether a stream that was copied and the stream whose state is the cut are one: a stream that is
// deleted and restored from an older copy, or that lost its newest messages with a server's disk,
// keeps its name and creation time, and soon has the same sequences again, with other messages.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/jetstream.h"
#include "jetkeep/stream_state.h"
#include "protocol/sequences/sequence_set.h"
#include "service/repository/backup_writer.h"

namespace jetkeep {

// Asks for the highest message that is live in the cut, at or below `up_to`, and compares it with
// what was captured: what was written anew begins at some sequence and reaches to the end, so the
// highest decides for all below. Messages that have gone meanwhile are passed over, up to a number.
// Seals the writer. If nothing is live there, the same: the cut claims nothing of it.
enum class LifeProof : std::uint8_t { kSame, kOther, kUnknown };
Result<LifeProof> CompareWithStream(StreamReader& reader, BackupWriter& writer,
                                    const StreamState& cut, const SequenceSet& deleted,
                                    std::uint64_t up_to);

}  // namespace jetkeep

// What a living stream already has of a backup's messages. Changes nothing on the server.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "protocol/repository/manifest.h"
#include "protocol/sequences/sequence_set.h"
#include "service/engine/read/last_of_subjects.h"
#include "service/repository/repository.h"

namespace jetkeep {

inline constexpr std::uint64_t kOfOthers = std::numeric_limits<std::uint64_t>::max();

struct ScanOptions {
  std::string stream;
  bool compare = false;  // look for `living`, too
  // Which of the stream's subjects may come up at all; the others need no memory.
  std::function<bool(std::string_view subject)> concerned;
};

// Sequences of the backup.
struct TargetHoldings {
  // Of a stream that limits the messages of each subject: the greatest sequence in the backup of
  // what was published again on the subject, which may have pushed out older ones. If the stream is
  // compared: kOfOthers where it has any other message on the subject. An older message published
  // after that would stand for a newer one.
  LastOfSubjects subjects;
  SequenceSet living;     // the stream holds the same message under the same sequence
  SequenceSet published;  // it holds one that was published again and names backup and sequence
};

// Reads the whole stream of its leader, message by message. kStreamNotFound; kStreamChanged: it was
// made anew meanwhile; kInvalidRequest: more subjects than LastOfSubjects may hold.
Result<TargetHoldings> ScanTarget(JetStream& server, Repository& repository,
                                  const Manifest& manifest, const ScanOptions& options,
                                  const CancelToken& cancel);

}  // namespace jetkeep

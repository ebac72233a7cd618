// What a living stream already has of a backup's messages. Changes nothing on the server.
#pragma once

#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "protocol/repository/manifest.h"
#include "protocol/sequences/sequence_set.h"
#include "service/engine/read/last_of_subjects.h"
#include "service/repository/repository.h"

namespace jetkeep {

// Sequences of the backup.
struct TargetHoldings {
  // Of a stream that limits the messages of each subject, if it is compared: its subjects. Where it
  // has one, an older message published again would stand for a newer one. Those of messages that
  // were published again do not count.
  LastOfSubjects subjects;
  SequenceSet living;       // the stream holds the same message under the same sequence
  std::string config_json;  // of the stream
  SequenceSet published;    // it holds one that was published again and names backup and sequence
};

// Reads the whole stream of its leader, message by message. compare: look for `living`, too.
// kStreamNotFound; kStreamChanged: it was made anew meanwhile; kInvalidRequest: more subjects than
// LastOfSubjects may hold.
Result<TargetHoldings> ScanTarget(JetStream& server, Repository& repository,
                                  const Manifest& manifest, const std::string& stream, bool compare,
                                  const CancelToken& cancel);

}  // namespace jetkeep

// A part of a backup as the manifest of a smaller one: the messages that are left out stand among
// the deleted ones, so plan, archive and comparison know nothing of the rest. The repository is not
// changed. Thread-safety: each call stands alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/job.h"
#include "jetkeep/record.h"
#include "protocol/repository/manifest.h"
#include "protocol/sequences/sequence_set.h"
#include "service/repository/repository.h"

namespace jetkeep {

// What is counted of messages that are taken, in the order of their sequences.
struct TakenMessages {
  SequenceSet sequences;
  std::uint64_t bytes = 0;
  std::int64_t first_time_ns = 0;
  std::uint64_t largest = 0;

  // store_bytes: what the store counts for it.
  void Add(const RecordView& record, std::uint64_t store_bytes);
};

// Everything else stands among the deleted then. REQUIRES: there is one.
void KeepMessages(const TakenMessages& taken, Manifest& manifest);

struct BackupPart {
  Manifest manifest;
  std::vector<std::string> left_out;  // in words
};

// Reads the messages that may be selected, unless all are meant. kInvalidRequest: the selection
// takes no message of the backup, or names a consumer that is not in it.
Result<BackupPart> TakePart(Repository& repository, Manifest manifest, const RestorePart& part,
                            const CancelToken& cancel);

}  // namespace jetkeep

// LiveRecords: of the records of another source, those of a range of sequences that are in neither
// of two sets: the deleted and the lost ones. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>

#include "jetkeep/record_stream.h"
#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

class LiveRecords final : public RecordSource {
 public:
  // Of first..last, inclusive. All must outlive this.
  LiveRecords(RecordSource& records, std::uint64_t first, std::uint64_t last,
              const SequenceSet& deleted, const SequenceSet& lost)
      : records_(records), first_(first), last_(last), deleted_(deleted), lost_(lost) {}

  Result<const RecordView*> Next() override;

 private:
  RecordSource& records_;
  const std::uint64_t first_;
  const std::uint64_t last_;
  SequenceSet::Cursor deleted_;
  SequenceSet::Cursor lost_;
};

}  // namespace jetkeep

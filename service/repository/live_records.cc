#include "service/repository/live_records.h"

namespace jetkeep {

Result<const RecordView*> LiveRecords::Next() {
  while (true) {
    JETKEEP_ASSIGN(const RecordView* record, records_.Next());
    if (record == nullptr) return nullptr;
    const std::uint64_t sequence = record->sequence;
    const bool inside = sequence >= first_ && sequence <= last_;
    if (inside && !deleted_.Contains(sequence) && !lost_.Contains(sequence)) return record;
  }
}

}  // namespace jetkeep

#include "service/engine/read/selected_records.h"

namespace jetkeep {

Result<const RecordView*> SelectedRecords::Next() {
  for (;;) {
    JETKEEP_ASSIGN(const RecordView* record, records_.Next());
    if (record == nullptr || Takes(*record)) return record;
  }
}

bool SelectedRecords::Takes(const RecordView& record) const {
  if (record.sequence < selection_.first_sequence) return false;
  if (selection_.last_sequence != 0 && record.sequence > selection_.last_sequence) return false;
  if (selection_.since_ns != 0 && record.timestamp_ns < selection_.since_ns) return false;
  if (selection_.until_ns != 0 && record.timestamp_ns >= selection_.until_ns) return false;
  return subjects_.Takes(record.subject);
}

}  // namespace jetkeep

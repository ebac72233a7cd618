// CancellableRecords: the records of another source until the job is cancelled.
#pragma once

#include "jetkeep/cancel.h"
#include "jetkeep/record_stream.h"

namespace jetkeep {

// Both must outlive it.
class CancellableRecords : public RecordSource {
 public:
  CancellableRecords(RecordSource& records, const CancelToken& cancel)
      : records_(records), cancel_(cancel) {}
  Result<const RecordView*> Next() override {
    JETKEEP_TRY(cancel_.Check());
    return records_.Next();
  }

 private:
  RecordSource& records_;
  const CancelToken& cancel_;
};

}  // namespace jetkeep

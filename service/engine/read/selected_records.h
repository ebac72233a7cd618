// SelectedRecords: the records of another source that a selection takes, in their order. Takes no
// notice of `last_of_each_subject`, which nobody can decide while he reads; see last_of_subjects.h.
// Thread-safety: one thread at a time. The source outlives it.
#pragma once

#include "jetkeep/message_selection.h"
#include "jetkeep/record_stream.h"
#include "protocol/subjects/subject_filter.h"

namespace jetkeep {

class SelectedRecords final : public RecordSource {
 public:
  SelectedRecords(RecordSource& records, const MessageSelection& selection, SubjectFilter subjects)
      : records_(records), selection_(selection), subjects_(std::move(subjects)) {}

  Result<const RecordView*> Next() override;

 private:
  bool Takes(const RecordView& record) const;

  RecordSource& records_;
  const MessageSelection selection_;
  const SubjectFilter subjects_;
};

}  // namespace jetkeep

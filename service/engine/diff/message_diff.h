// MessageDiff: how the messages of B differ from those of A, both in the order of their sequences,
// one of each in memory. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "jetkeep/diff.h"
#include "jetkeep/error.h"
#include "jetkeep/record_stream.h"
#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

// Sequences whose messages could not be read when a backup was made; they hold nothing that can be
// compared.
struct LostMessages {
  const SequenceSet* a = nullptr;
  const SequenceSet* b = nullptr;
};

class MessageDiff {
 public:
  // Adds to the counts of the report, and to its list up to `limit`. All must outlive this.
  // report.b.state.first_sequence is known.
  MessageDiff(RecordSource& a, LostMessages lost, std::uint64_t limit, DiffReport& report)
      : a_(a), lost_(lost), limit_(limit), report_(report) {}

  // The next message of B.
  Status AddOfB(const RecordView& record);
  // B has no more.
  Status Finish();

 private:
  Status Advance();
  Status PassA(std::uint64_t below);
  void OnlyInA(const RecordView& record);
  void OnlyInB(const RecordView& record);
  void Compare(const RecordView& a, const RecordView& b);
  void List(MessageDifference difference);

  RecordSource& a_;
  const LostMessages lost_;
  const std::uint64_t limit_;
  DiffReport& report_;
  bool begun_ = false;
  const RecordView* at_ = nullptr;  // of A; null: it has no more
  std::size_t bytes_ = 0;           // of the list
};

}  // namespace jetkeep

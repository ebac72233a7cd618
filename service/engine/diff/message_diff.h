// MessageDiff: how the messages of B differ from those of A, both in the order of their sequences,
// one of each in memory. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

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
  // on_equal, if it is set, gets each sequence under which both have the same message.
  MessageDiff(RecordSource& a, LostMessages lost, std::uint64_t limit, DiffReport& report,
              std::function<void(std::uint64_t)> on_equal = {})
      : a_(a), lost_(lost), limit_(limit), report_(report), on_equal_(std::move(on_equal)) {}

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
  const std::function<void(std::uint64_t)> on_equal_;
  bool begun_ = false;
  const RecordView* at_ = nullptr;  // of A; null: it has no more
  std::size_t bytes_ = 0;           // of the list
};

}  // namespace jetkeep

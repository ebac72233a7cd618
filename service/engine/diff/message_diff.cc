#include "service/engine/diff/message_diff.h"

#include <limits>
#include <string>
#include <utility>

namespace jetkeep {
namespace {

// Subjects may be long; what is beyond is counted only.
constexpr std::size_t kMostBytes = std::size_t{512} * 1024;

bool Contains(const SequenceSet* set, std::uint64_t sequence) {
  return set != nullptr && set->Contains(sequence);
}

}  // namespace

Status MessageDiff::Advance() {
  JETKEEP_ASSIGN(at_, a_.Next());
  begun_ = true;
  return {};
}

Status MessageDiff::PassA(std::uint64_t below) {
  if (!begun_) JETKEEP_TRY(Advance());
  while (at_ != nullptr && at_->sequence < below) {
    OnlyInA(*at_);
    JETKEEP_TRY(Advance());
  }
  return {};
}

Status MessageDiff::AddOfB(const RecordView& record) {
  JETKEEP_TRY(PassA(record.sequence));
  if (at_ == nullptr || at_->sequence != record.sequence) {
    OnlyInB(record);
    return {};
  }
  Compare(*at_, record);
  return Advance();
}

Status MessageDiff::Finish() {
  constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();
  JETKEEP_TRY(PassA(kAll));
  if (at_ != nullptr) OnlyInA(*at_);
  return {};
}

void MessageDiff::OnlyInA(const RecordView& record) {
  if (Contains(lost_.b, record.sequence)) {
    ++report_.unknown;
    return;
  }
  ++report_.only_in_a;
  if (record.sequence < report_.b.state.first_sequence) ++report_.before_b;
  List({MessageChange::kOnlyInA, record.sequence, std::string(record.subject)});
}

void MessageDiff::OnlyInB(const RecordView& record) {
  if (Contains(lost_.a, record.sequence)) {
    ++report_.unknown;
    return;
  }
  ++report_.only_in_b;
  List({MessageChange::kOnlyInB, record.sequence, std::string(record.subject)});
}

void MessageDiff::Compare(const RecordView& a, const RecordView& b) {
  MessageDifference difference{MessageChange::kDifferent, a.sequence, std::string(a.subject)};
  difference.subject_differs = a.subject != b.subject;
  difference.headers_differ = a.headers != b.headers;
  difference.payload_differs = a.payload != b.payload;
  difference.time_differs = a.timestamp_ns != b.timestamp_ns;
  if (!difference.subject_differs && !difference.headers_differ && !difference.payload_differs &&
      !difference.time_differs) {
    ++report_.equal;
    if (on_equal_) on_equal_(a.sequence);
    return;
  }
  ++report_.different;
  List(std::move(difference));
}

void MessageDiff::List(MessageDifference difference) {
  const std::size_t bytes = sizeof(MessageDifference) + difference.subject.size();
  if (report_.messages.size() >= limit_ || bytes_ + bytes > kMostBytes) return;
  bytes_ += bytes;
  report_.messages.push_back(std::move(difference));
}

}  // namespace jetkeep

// ExpirySurvey: how many messages of a backup may be gone by a moment through the stream's own
// rules of time: its maximum age, times to live of single messages, schedules. An upper bound, in
// little memory. Thread-safety: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "jetkeep/record_stream.h"
#include "protocol/js_config/stream_config.h"

namespace jetkeep {

// The moment from which the message may be gone by the stream's rules of time, in nanoseconds of
// the Unix epoch; the largest number: it stays.
std::int64_t MayBeGoneFrom(const RecordView& record, const StreamConfigFacts& stream);

class ExpirySurvey {
 public:
  // `possible`: the rules that a server may follow; `certain`: those that it surely does.
  // `now_ns`: nothing is asked about earlier moments.
  ExpirySurvey(const StreamConfigFacts& possible, const StreamConfigFacts& certain,
               std::int64_t now_ns);

  void Add(const RecordView& record);
  // At most so many of those added are gone at `at_ns`.
  std::uint64_t MayBeGone(std::int64_t at_ns) const;
  // So many of those added are past their time: a server removes them as soon as it looks, which
  // may be after it has said that the stream is restored.
  std::uint64_t Past() const { return past_; }

 private:
  // Messages by how long they still live: bucket 0 holds those that may be gone already, bucket n
  // those that live for at least 2^(n-1) ms more.
  static constexpr std::size_t kBuckets = 48;

  const StreamConfigFacts possible_;
  const StreamConfigFacts certain_;
  const std::int64_t now_ns_;
  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t past_ = 0;
};

// The records of another source, each counted in a survey as it passes. Both must outlive this.
class SurveyedRecords final : public RecordSource {
 public:
  SurveyedRecords(RecordSource& records, ExpirySurvey& survey)
      : records_(records), survey_(survey) {}

  Result<const RecordView*> Next() override {
    JETKEEP_ASSIGN(const RecordView* record, records_.Next());
    if (record != nullptr) survey_.Add(*record);
    return record;
  }

 private:
  RecordSource& records_;
  ExpirySurvey& survey_;
};

// The time to live that the header names, in nanoseconds; zero: one that cannot be read; below
// zero: none, or never.
std::int64_t TimeToLive(std::string_view headers);

}  // namespace jetkeep

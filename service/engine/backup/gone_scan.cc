#include "service/engine/backup/gone_scan.h"

#include <algorithm>
#include <optional>

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kScans = 6;
constexpr int kListings = 40;
// Where a listing may be had, single requests are for few messages.
constexpr std::uint64_t kFewMessages = 5'000;
// Otherwise for as many as a fast server answers in the time of a scan.
constexpr std::uint64_t kManyMessages = 400'000;
constexpr std::uint64_t kMostGaps = 20'000;  // each a round trip
constexpr milliseconds kScanTime{10'000};

}  // namespace

Status GoneScan::List(const StreamState& state, SequenceSet& gone) {
  std::uint64_t next = state.first_sequence;
  JETKEEP_TRY(reader_.ListLive(state.first_sequence, state.last_sequence,
                               [&](std::uint64_t sequence) -> Status {
                                 if (sequence > next) gone.AddRange(next, sequence - 1);
                                 next = sequence + 1;
                                 return {};
                               }));
  if (next <= state.last_sequence) gone.AddRange(next, state.last_sequence);
  return {};
}

Result<bool> GoneScan::LookIntoGaps(const SequenceSet& gaps, Time until, SequenceSet& gone) {
  for (SequenceSet::Cursor gap(gaps); gap.Valid(); gap.Next()) {
    JETKEEP_TRY(cancel_.Check());
    if (steady_clock::now() >= until) return false;
    JETKEEP_ASSIGN(const std::optional<StoredMessage> message, reader_.FirstFrom(gap.first()));
    const std::uint64_t empty = message ? message->sequence - 1 : gap.last();
    if (empty >= gap.first()) gone.AddRange(gap.first(), std::min(empty, gap.last()));
  }
  return true;
}

Result<bool> GoneScan::AskForEach(const StreamState& state, const SequenceSet& captured, Time until,
                                  SequenceSet& gone) {
  bool in_time = true;
  std::uint64_t at = state.first_sequence;
  const auto next = [&]() -> std::uint64_t {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    if (!captured.NextRange(at, &first, &last)) return 0;
    at = std::max(at, first);
    in_time = steady_clock::now() < until;
    return at <= state.last_sequence && in_time ? at++ : 0;
  };
  JETKEEP_TRY(reader_.Read(next, [&](std::uint64_t sequence, StoredMessage* message) -> Status {
    if (message == nullptr) gone.Add(sequence);
    return cancel_.Check();
  }));
  return in_time;
}

Result<GoneScan::Outcome> GoneScan::Run(const StreamState& state, bool may_list,
                                        const SequenceSet& captured, SequenceSet& gone) {
  if (scans_ >= (listed_ ? kListings : kScans)) return Outcome::kNothing;
  SequenceSet left = captured;
  left.Subtract(gone);
  SequenceSet gaps;
  gaps.AddRange(state.first_sequence, state.last_sequence);
  gaps.Subtract(left);
  gaps.Subtract(gone);
  std::uint64_t gap_count = 0;
  for (SequenceSet::Cursor gap(gaps); gap.Valid() && gap_count <= kMostGaps; gap.Next()) {
    ++gap_count;
  }
  const std::uint64_t messages = left.CountIn(state.first_sequence, state.last_sequence);
  if (may_list && refusal_.empty() && (messages > kFewMessages || gap_count > kMostGaps)) {
    const Status listed = List(state, gone);
    if (listed) {
      ++scans_;
      listed_ = true;
      return Outcome::kListing;
    }
    JETKEEP_TRY(cancel_.Check());
    if (listed.error().code == Errc::kTransferInterrupted) return Fail(listed.error());
    refusal_ = listed.error().message;
  }
  if (messages > kManyMessages || gap_count > kMostGaps) return Outcome::kNothing;
  ++scans_;
  const Time until = steady_clock::now() + kScanTime;
  JETKEEP_ASSIGN(const bool looked, LookIntoGaps(gaps, until, gone));
  if (!looked) return Outcome::kNothing;
  JETKEEP_ASSIGN(const bool asked, AskForEach(state, left, until, gone));
  return asked ? Outcome::kLeader : Outcome::kNothing;
}

}  // namespace jetkeep

#include "service/engine/backup/trimming.h"

#include <algorithm>

namespace jetkeep {
namespace {

// Answers above the stream's limits, in all and without getting fewer messages.
constexpr int kMostAnswers = 400;
constexpr int kMostResting = 10;

// limit: zero or less is none.
bool Above(std::uint64_t value, std::int64_t limit) {
  return limit > 0 && value > static_cast<std::uint64_t>(limit);
}

}  // namespace

bool Trimming::IsUnderWay(const StreamState& state, const StreamConfigFacts& facts) {
  if (answers_ >= kMostAnswers) return false;
  const bool above =
      (!facts.discards_new && Above(state.messages, facts.max_messages)) ||
      (!facts.discards_new && Above(state.bytes, facts.max_bytes)) ||
      (facts.max_per_subject == 1 && state.num_subjects > 0 && state.messages > state.num_subjects);
  if (!above) return false;
  ++answers_;
  resting_ = state.messages < least_ ? 0 : resting_ + 1;
  least_ = std::min(least_, state.messages);
  return resting_ < kMostResting;
}

bool IsInsideBatch(std::string_view headers) {
  return headers.find("\r\nNats-Batch-Id:") != std::string_view::npos &&
         headers.find("\r\nNats-Batch-Commit:") == std::string_view::npos;
}

}  // namespace jetkeep

#include "service/jobs/rate_meter.h"

#include <algorithm>
#include <utility>

namespace jetkeep {
namespace {

// Long enough not to jump with every chunk, short enough to follow a link that became slow.
constexpr std::chrono::seconds kWindow{5};
constexpr double kAlmostDone = 99.9;  // 100 is said once, by Final

double Share(std::uint64_t done, std::uint64_t expected) {
  if (expected == 0) return 0;
  return 100.0 * static_cast<double>(done) / static_cast<double>(expected);
}

}  // namespace

ProgressFigures RateMeter::Update(const JobProgress& counts, Clock::time_point now) {
  if (!samples_.empty() && (counts.messages_done < samples_.back().counts.messages_done ||
                            counts.bytes_done < samples_.back().counts.bytes_done)) {
    samples_.clear();
  }
  samples_.push_back({now, counts});
  while (samples_.size() > 2 && now - samples_.front().time > kWindow) samples_.pop_front();

  const Sample& oldest = samples_.front();
  const double seconds = std::chrono::duration<double>(now - oldest.time).count();
  if (seconds > 0) {
    messages_per_second_ =
        static_cast<double>(counts.messages_done - oldest.counts.messages_done) / seconds;
    bytes_per_second_ = static_cast<double>(counts.bytes_done - oldest.counts.bytes_done) / seconds;
  } else {
    messages_per_second_ = 0;
    bytes_per_second_ = 0;
  }

  ProgressFigures figures;
  figures.counts = counts;
  figures.messages_per_second = messages_per_second_;
  figures.bytes_per_second = bytes_per_second_;
  const bool by_bytes = counts.bytes_expected > 0;
  const std::uint64_t done = by_bytes ? counts.bytes_done : counts.messages_done;
  const std::uint64_t expected = by_bytes ? counts.bytes_expected : counts.messages_expected;
  const double rate = by_bytes ? bytes_per_second_ : messages_per_second_;
  if (expected > 0 && rate > 0) {
    figures.remaining_seconds = static_cast<double>(expected - std::min(done, expected)) / rate;
  }
  figures.percent = std::min(Share(done, expected), kAlmostDone);
  return figures;
}

ProgressFigures RateMeter::Final(JobProgress counts) const {
  ProgressFigures figures;
  figures.counts = std::move(counts);
  figures.messages_per_second = messages_per_second_;
  figures.bytes_per_second = bytes_per_second_;
  figures.remaining_seconds = 0;
  figures.percent = 100;
  return figures;
}

}  // namespace jetkeep

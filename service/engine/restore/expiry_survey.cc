#include "service/engine/restore/expiry_survey.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>

#include "protocol/base/time.h"

namespace jetkeep {
namespace {

constexpr std::int64_t kNone = -1;
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

// The value of a header; data() is null if it is not there.
std::string_view HeaderValue(std::string_view headers, std::string_view name) {
  for (auto at = headers.find(name); at != std::string_view::npos;
       at = headers.find(name, at + 1)) {
    const bool begins_line = at >= 2 && headers.substr(at - 2, 2) == "\r\n";
    const auto after = at + name.size();
    if (!begins_line || after >= headers.size() || headers[after] != ':') continue;
    std::string_view value = headers.substr(after + 1, headers.find("\r\n", after) - after - 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
    return value;
  }
  return {};
}

std::int64_t UnitOf(std::string_view unit) {
  if (unit == "h") return 3600 * kSecond;
  if (unit == "m") return 60 * kSecond;
  if (unit == "s") return kSecond;
  if (unit == "ms") return kMillisecond;
  return 0;
}

std::int64_t Plus(std::int64_t a, std::int64_t b) { return a > kMax - b ? kMax : a + b; }

// "1h30m": zero if it is something else.
std::int64_t Duration(std::string_view text) {
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0) return 0;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    const auto unit = text.substr(0, text.find_first_of("0123456789."));
    const std::int64_t factor = unit.empty() ? 0 : UnitOf(unit);
    if (factor == 0 || number > kMax / factor) return 0;
    text.remove_prefix(unit.size());
    total = Plus(total, number * factor);
  }
  return total;
}

}  // namespace

std::int64_t TimeToLive(std::string_view headers) {
  const std::string_view value = HeaderValue(headers, "Nats-TTL");
  if (value.data() == nullptr || value == "never") return kNone;
  const bool seconds = value.find_first_not_of("0123456789") == std::string_view::npos;
  if (!seconds || value.empty()) return Duration(value);
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || number > kMax / kSecond) return kNone;
  return number * kSecond;
}

namespace {

// When the schedule has fired for the last time; the largest number: later, or nobody can tell.
std::int64_t LastFires(std::string_view schedule) {
  constexpr std::string_view kOnce = "@at ";
  if (!schedule.starts_with(kOnce)) return kMax;
  const auto at = ParseTime(schedule.substr(kOnce.size()));
  return at ? *at : kMax;
}

// The moment at which the message goes by what it says itself, as far as that can be read.
std::int64_t GoesAt(const RecordView& record, const StreamConfigFacts& stream) {
  const std::int64_t stored = std::max<std::int64_t>(record.timestamp_ns, 0);
  std::int64_t at = kMax;
  if (stream.max_age_ns > 0 && stream.max_age_ns < static_cast<std::uint64_t>(kMax)) {
    at = Plus(stored, static_cast<std::int64_t>(stream.max_age_ns));
  }
  if (record.headers.empty()) return at;
  const std::int64_t live = stream.message_ttl ? TimeToLive(record.headers) : kNone;
  if (live > 0) at = std::min(at, Plus(stored, live));
  if (stream.message_schedules) {
    at = std::min(at, LastFires(HeaderValue(record.headers, "Nats-Schedule")));
  }
  return at;
}

}  // namespace

std::int64_t MayBeGoneFrom(const RecordView& record, const StreamConfigFacts& stream) {
  const std::int64_t stored = std::max<std::int64_t>(record.timestamp_ns, 0);
  std::int64_t gone_at = kMax;
  if (stream.max_age_ns > 0 && stream.max_age_ns < static_cast<std::uint64_t>(kMax)) {
    gone_at = Plus(stored, static_cast<std::int64_t>(stream.max_age_ns));
  }
  if (stream.message_ttl && !record.headers.empty()) {
    const std::int64_t live = TimeToLive(record.headers);
    if (live == 0) return 0;
    if (live > 0) gone_at = std::min(gone_at, Plus(stored, live));
  }
  const bool schedule =
      stream.message_schedules && HeaderValue(record.headers, "Nats-Schedule").data() != nullptr;
  return schedule ? 0 : gone_at;
}

ExpirySurvey::ExpirySurvey(const StreamConfigFacts& possible, const StreamConfigFacts& certain,
                           std::int64_t now_ns)
    : possible_(possible), certain_(certain), now_ns_(now_ns) {}

void ExpirySurvey::Add(const RecordView& record) {
  const std::int64_t gone_at = MayBeGoneFrom(record, possible_);
  if (gone_at == kMax) return;
  if (GoesAt(record, certain_) <= now_ns_) ++past_;
  if (gone_at <= now_ns_) {
    ++counts_[0];
    return;
  }
  const auto left_ms = static_cast<std::uint64_t>((gone_at - now_ns_) / kMillisecond);
  const auto bucket = std::max<std::size_t>(static_cast<std::size_t>(std::bit_width(left_ms)), 1);
  ++counts_[std::min(bucket, kBuckets - 1)];
}

std::uint64_t ExpirySurvey::MayBeGone(std::int64_t at_ns) const {
  const std::int64_t later_ms = at_ns > now_ns_ ? (at_ns - now_ns_) / kMillisecond : 0;
  std::uint64_t gone = counts_[0];
  for (std::size_t bucket = 1; bucket < kBuckets; ++bucket) {
    const std::int64_t least_ms = bucket == 1 ? 0 : std::int64_t{1} << (bucket - 1);
    if (least_ms <= later_ms) gone += counts_[bucket];
  }
  return gone;
}

}  // namespace jetkeep

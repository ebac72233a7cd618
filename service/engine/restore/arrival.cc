#include "service/engine/restore/arrival.h"

#include <algorithm>
#include <limits>

#include "service/engine/restore/restore_check.h"

namespace jetkeep {
namespace {

constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();

struct Rule {
  std::string name;
  std::uint64_t at_most = 0;  // so many messages can it have removed
  bool by_time = false;       // rules of time remove the same messages
};

std::uint64_t Sum(std::uint64_t a, std::uint64_t b) { return a > kAny - b ? kAny : a + b; }

bool Exceeds(std::uint64_t value, std::int64_t limit) {
  return limit > 0 && value > static_cast<std::uint64_t>(limit);
}

// Old servers let a stream hold more for each subject than its limit, and trim it when it is
// restored; the last message of a subject always stays.
bool TrimsSubjects(const StreamConfigFacts& config, const StreamState& expected,
                   const StreamState& actual) {
  if (config.max_per_subject == 0) return false;
  return expected.num_subjects == 0 || actual.num_subjects >= expected.num_subjects;
}

// What can have removed messages of the backup, `came` newer ones having come.
std::vector<Rule> RulesAtWork(const StreamConfigFacts& config, const StreamState& expected,
                              const StreamState& actual, std::uint64_t came,
                              std::uint64_t may_have_expired) {
  std::vector<Rule> rules;
  if (config.max_age_ns > 0) rules.push_back({"max_age", may_have_expired, true});
  if (config.message_ttl) rules.push_back({"times to live", may_have_expired, true});
  if (config.message_schedules) rules.push_back({"schedules", may_have_expired, true});
  if (config.removes_on_ack) rules.push_back({"acknowledgements", kAny, false});
  if (const std::uint64_t all = Sum(expected.messages, came); Exceeds(all, config.max_messages)) {
    // Of those that came some may be gone again, by other rules.
    rules.push_back(
        {"max_msgs", Sum(all - static_cast<std::uint64_t>(config.max_messages), came), false});
  }
  if (config.max_bytes > 0 && (came > 0 || Exceeds(expected.bytes, config.max_bytes))) {
    rules.push_back({"max_bytes", kAny, false});
  }
  if (TrimsSubjects(config, expected, actual))
    rules.push_back({"max_msgs_per_subject", kAny, false});
  if (config.allow_rollup && came > 0) rules.push_back({"rollups", kAny, false});
  return rules;
}

std::string Names(const std::vector<Rule>& rules) {
  std::string names;
  for (const Rule& rule : rules) names += (names.empty() ? "" : ", ") + rule.name;
  return names;
}

}  // namespace

Arrival JudgeArrival(const Manifest& manifest, const StreamConfigFacts& config,
                     const StreamState& expected, const StreamState& actual,
                     std::uint64_t may_have_expired) {
  Arrival arrival;
  const std::vector<std::string> differences = CompareStates(expected, actual);
  if (differences.empty()) return arrival;
  if (actual.last_sequence < expected.last_sequence) {
    arrival.differences = differences;
    return arrival;
  }
  const std::uint64_t came = actual.last_sequence - expected.last_sequence;
  // Of those that came, some may be gone again: so many of the backup's are there at least.
  const std::uint64_t there = actual.messages > came ? actual.messages - came : 0;
  const bool first_below = actual.messages > 0 && actual.first_sequence < expected.first_sequence &&
                           expected.messages > 0;
  if (there > expected.messages || first_below) {
    arrival.differences = differences;
    return arrival;
  }
  const std::uint64_t from =
      actual.messages == 0 ? actual.last_sequence : actual.first_sequence - 1;
  const std::uint64_t above_first =
      from < expected.first_sequence ? expected.messages : MessagesAbove(manifest, expected, from);
  // More than the backup has above the first sequence that is left.
  if (there > above_first) {
    arrival.differences = differences;
    return arrival;
  }
  const std::uint64_t gone = expected.messages - there;
  if (gone == 0) {
    // All are there, so only what came can have changed the numbers.
    const bool begins_right = expected.messages > 0
                                  ? actual.first_sequence == expected.first_sequence
                                  : actual.first_sequence > expected.last_sequence;
    if (came == 0 || actual.bytes < expected.bytes || !begins_right) {
      arrival.differences = differences;
    }
    return arrival;
  }
  const auto rules = RulesAtWork(config, expected, actual, came, may_have_expired);
  std::uint64_t expired = 0;
  std::uint64_t removed = 0;
  for (const Rule& rule : rules) {
    if (rule.by_time) {
      expired = std::max(expired, rule.at_most);
    } else {
      removed = Sum(removed, rule.at_most);
    }
  }
  const std::uint64_t explained = Sum(expired, removed);
  if (gone > explained) {
    arrival.differences = differences;
    return arrival;
  }
  arrival.gone = gone;
  arrival.warnings.push_back(
      (came > 0 ? "up to " : "") + std::to_string(gone) +
      " messages of the backup were removed at once by the stream's own rules (" + Names(rules) +
      ")" + (came > 0 ? ", while " + std::to_string(came) + " newer ones came" : std::string()));
  return arrival;
}

std::string StillToGo(std::uint64_t past, std::uint64_t gone) {
  if (past <= gone) return {};
  const std::string count = std::to_string(past);
  return count + " messages of the backup have expired (age, time to live or schedule): " +
         "the server removes them at once, and had removed " + std::to_string(gone) +
         " when it reported the stream as restored";
}

}  // namespace jetkeep

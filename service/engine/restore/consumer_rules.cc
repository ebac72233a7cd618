#include "service/engine/restore/consumer_rules.h"

#include <algorithm>
#include <string_view>

#include "protocol/subjects/match.h"

namespace jetkeep {
namespace {

using Refusal = std::optional<ConsumerRefusal>;

constexpr ServerVersion kSince210{2, 10, 0};
constexpr ServerVersion kSince212{2, 12, 0};
constexpr ServerVersion kSince214{2, 14, 0};

constexpr std::uint32_t kTooManyConsumers = 10026;
constexpr std::uint32_t kDeliverCycle = 10081;
constexpr std::uint32_t kAckPendingNeedsAcks = 10082;
constexpr std::uint32_t kFilterOutside = 10093;
constexpr std::uint32_t kInvalidPolicy = 10094;
constexpr std::uint32_t kQueueNeedsExplicitAcks = 10098;
constexpr std::uint32_t kQueueManyUnfiltered = 10099;
constexpr std::uint32_t kQueueNotUnique = 10100;
constexpr std::uint32_t kQueueNotDeliverAll = 10101;
constexpr std::uint32_t kInvalidDeliverSubject = 10112;
constexpr std::uint32_t kBackoffTooLong = 10116;
constexpr std::uint32_t kAckPendingExceeds = 10121;
constexpr std::uint32_t kReplicasExceed = 10126;
constexpr std::uint32_t kReplicasDiffer = 10134;
constexpr std::uint32_t kFiltersOverlap = 10138;
constexpr std::uint32_t kThresholdExceeds = 10153;
constexpr std::uint32_t kNegativeAckWait = 10183;
constexpr std::uint32_t kGroupsWithoutPolicy = 10196;
constexpr std::uint32_t kTimeoutWithoutPolicy = 10197;

bool Nested(const std::string& a, const std::string& b) {
  return SubjectIsSubset(a, b) || SubjectIsSubset(b, a);
}

Refusal Replicas(const ConsumerConfigFacts& consumer, const ConsumerPlace& place) {
  if (consumer.replicas > place.stream.replicas) {
    return ConsumerRefusal{kReplicasExceed, "it has more replicas than its stream", {}};
  }
  if (place.server >= kSince210 && place.stream.removes_on_ack && consumer.replicas != 0 &&
      consumer.replicas != place.stream.replicas) {
    return ConsumerRefusal{kReplicasDiffer,
                           "it has fewer replicas than its stream, whose retention follows its "
                           "consumers",
                           {}};
  }
  return {};
}

// Subjects on which a server itself listens: $JS.API, $JS.<domain>.API and others.
bool Reserved(std::string_view subject) {
  const auto next_token = [&subject] {
    const std::string_view token = subject.substr(0, subject.find('.'));
    subject.remove_prefix(std::min(token.size() + 1, subject.size()));
    return token;
  };
  const std::string_view first = next_token();
  if (first == "_R_" || first == "_GR_" || first == "$GR") return true;
  if (first != "$JS") return false;
  const std::string_view second = next_token();
  for (const std::string_view kind : {"API", "ACK", "FC", "SNAPSHOT", "EVENT"}) {
    if (second == kind) return true;
  }
  return next_token() == "API";
}

bool RefusesReserved(const ServerVersion& server) {
  return server >= ServerVersion{2, 15, 3} ||
         (server >= ServerVersion{2, 14, 10} && server < ServerVersion{2, 15, 0});
}

Refusal Backoff(const ConsumerConfigFacts& consumer, const ConsumerPlace& place) {
  if (consumer.negative_waits && place.server >= kSince212) {
    return ConsumerRefusal{kNegativeAckWait, "its ack_wait or backoff is below zero", {}};
  }
  if (consumer.backoff_steps == 0) return {};
  const auto steps = static_cast<std::int64_t>(consumer.backoff_steps);
  const bool too_long = place.server < kSince210
                            ? consumer.max_deliver <= steps
                            : consumer.max_deliver != -1 && steps > consumer.max_deliver;
  if (!too_long) return {};
  return ConsumerRefusal{
      kBackoffTooLong, "its max_deliver has to be larger than the number of its backoff steps", {}};
}

Refusal Delivery(const ConsumerConfigFacts& consumer, const ConsumerPlace& place) {
  if (consumer.deliver_policy == "last_per_subject" && consumer.filters.empty()) {
    return ConsumerRefusal{
        kInvalidPolicy, "its deliver policy is last_per_subject, and it has no filter", {}};
  }
  if (consumer.deliver_subject.empty()) return {};
  if (RefusesReserved(place.server) && Reserved(consumer.deliver_subject)) {
    return ConsumerRefusal{
        kInvalidDeliverSubject,
        "it delivers to " + consumer.deliver_subject + ", which is the server's own",
        {}};
  }
  for (const std::string& subject : place.stream.subjects) {
    if (!SubjectIsSubset(consumer.deliver_subject, subject)) continue;
    return ConsumerRefusal{
        kDeliverCycle,
        "it delivers to " + consumer.deliver_subject + ", which its own stream takes",
        {}};
  }
  if (consumer.max_ack_pending > 0 && consumer.ack_policy == "none") {
    return ConsumerRefusal{
        kAckPendingNeedsAcks, "it has max_ack_pending, and nothing is acknowledged", {}};
  }
  return {};
}

// Those that feed other streams do not count.
std::size_t Counted(const ConsumerPlace& place) {
  return static_cast<std::size_t>(
      std::count_if(place.others.begin(), place.others.end(),
                    [](const ConsumerConfigFacts& other) { return !other.feeds_stream; }));
}

Refusal Limits(const ConsumerConfigFacts& consumer, const ConsumerPlace& place) {
  const auto exceeds = [&](std::int64_t limit) {
    return limit > 0 && consumer.max_ack_pending > limit;
  };
  const auto of_stream = static_cast<std::int64_t>(place.stream.consumer_max_ack_pending);
  for (const std::int64_t limit : {place.account_max_ack_pending, of_stream}) {
    if (!exceeds(limit)) continue;
    return ConsumerRefusal{kAckPendingExceeds,
                           "its max_ack_pending is " + std::to_string(consumer.max_ack_pending) +
                               ", at most " + std::to_string(limit) + " is allowed",
                           "Raise the limit of the account or of the stream."};
  }
  const std::uint64_t threshold = place.stream.consumer_inactive_threshold_ns;
  if (place.server >= kSince210 && threshold > 0 && consumer.inactive_threshold_ns > threshold) {
    return ConsumerRefusal{
        kThresholdExceeds, "its inactive_threshold is longer than its stream allows", {}};
  }
  std::int64_t most = place.stream.max_consumers;
  if (most <= 0 || (place.account_max_consumers > 0 && place.account_max_consumers < most)) {
    most = place.account_max_consumers;
  }
  if (most > 0 && !consumer.feeds_stream && Counted(place) >= static_cast<std::size_t>(most)) {
    return ConsumerRefusal{kTooManyConsumers,
                           "a stream may have " + std::to_string(most) + " consumers",
                           "Raise max_consumers of the account or of the stream."};
  }
  return {};
}

Refusal Filters(const ConsumerConfigFacts& consumer, const ConsumerPlace& place) {
  if (place.server < kSince210) {
    if (!place.subjects) return {};
    for (const std::string& filter : consumer.filters) {
      const bool reached =
          std::any_of(place.subjects->begin(), place.subjects->end(),
                      [&](const std::string& subject) { return Nested(filter, subject); });
      if (reached) continue;
      std::string hint;
      if (!place.origin_away.empty()) {
        hint = "Restore stream " + place.origin_away +
               ", which feeds this one, first: this server checks filters against its subjects.";
      }
      return ConsumerRefusal{kFilterOutside,
                             "its filter " + filter + " is outside of the stream's subjects",
                             std::move(hint)};
    }
    return {};
  }
  for (std::size_t i = 0; i < consumer.filters.size(); ++i) {
    for (std::size_t j = i + 1; j < consumer.filters.size(); ++j) {
      const std::string& a = consumer.filters[i];
      const std::string& b = consumer.filters[j];
      if (!(place.server < kSince212 ? SubjectsOverlap(a, b) : Nested(a, b))) continue;
      return ConsumerRefusal{kFiltersOverlap, "its filters " + a + " and " + b + " overlap", {}};
    }
  }
  return {};
}

bool SharesFilters(const ConsumerConfigFacts& a, const ConsumerConfigFacts& b,
                   const ServerVersion& server) {
  if (a.filters.empty() || b.filters.empty()) return true;
  for (const std::string& x : a.filters) {
    for (const std::string& y : b.filters) {
      if (server < kSince210 ? Nested(x, y) : SubjectsOverlap(x, y)) return true;
    }
  }
  return false;
}

Refusal WorkQueue(const ConsumerConfigFacts& consumer, const ConsumerPlace& place) {
  if (!place.stream.work_queue || consumer.feeds_stream) return {};
  const bool acks = consumer.ack_policy == "explicit" ||
                    (place.server >= kSince214 && consumer.ack_policy == "flow_control");
  if (!acks) {
    return ConsumerRefusal{
        kQueueNeedsExplicitAcks, "a work queue needs explicit acknowledgements", {}};
  }
  if (Counted(place) > 0 && consumer.filters.empty()) {
    return ConsumerRefusal{
        kQueueManyUnfiltered, "a work queue has one consumer without a filter at most", {}};
  }
  for (const ConsumerConfigFacts& other : place.others) {
    if (other.feeds_stream || !SharesFilters(consumer, other, place.server)) continue;
    return ConsumerRefusal{
        kQueueNotUnique, "another consumer of the work queue has some of its subjects", {}};
  }
  if (consumer.deliver_policy != "all") {
    return ConsumerRefusal{kQueueNotDeliverAll, "a work queue needs the deliver policy all", {}};
  }
  return {};
}

Refusal Priority(const ConsumerConfigFacts& consumer, const ConsumerPlace& place) {
  if (place.server < kSince212 || consumer.priority_policy != "none") return {};
  if (!consumer.priority_groups.empty()) {
    return ConsumerRefusal{
        kGroupsWithoutPolicy, "it has priority groups, and no priority policy", {}};
  }
  if (consumer.priority_timeout_ns > 0) {
    return ConsumerRefusal{
        kTimeoutWithoutPolicy, "it has a priority timeout, and no priority policy", {}};
  }
  return {};
}

}  // namespace

Refusal RefusalOf(const ConsumerConfigFacts& consumer, const ConsumerPlace& place) {
  for (const auto& rule : {Replicas, Backoff, Delivery, Limits, Filters, WorkQueue, Priority}) {
    if (Refusal refusal = rule(consumer, place)) return refusal;
  }
  return {};
}

}  // namespace jetkeep

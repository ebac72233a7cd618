#include "service/engine/update/removals.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};
// Older servers (2.9.10, 2.10.27, 2.11.17) carry a lower limit for each subject out only when the
// subject's next message comes.
constexpr ServerVersion kVersion2x12{2, 12, 0};

std::uint64_t LimitOf(std::int64_t limit) {
  return limit > 0 ? static_cast<std::uint64_t>(limit) : kNoLimit;
}

std::uint64_t SubjectLimitOf(const StreamConfigFacts& config) {
  return config.max_per_subject == 0 ? kNoLimit : config.max_per_subject;
}

// json: nothing, or zero or less, is none.
std::uint64_t DurationOf(const std::string& json) {
  const Result<std::int64_t> value = RawSigned(json);
  return value ? LimitOf(*value) : kNoLimit;
}

std::uint64_t Beyond(std::uint64_t count, std::uint64_t limit) {
  return count > limit ? count - limit : 0;
}

class Counter {
 public:
  Counter(JetStream& server, const StreamChange& change)
      : server_(server), change_(change), state_(change.found.state) {}

  Result<std::vector<ConfigChanges::Removal>> Count() {
    if (state_.messages == 0) return std::move(removals_);
    ByMessages();
    ByBytes();
    BySubject();
    JETKEEP_TRY(ByAge());
    ByHeaders();
    ByFirstSequence();
    ByInterest();
    ByInactivity();
    return std::move(removals_);
  }

 private:
  void Add(std::string why, std::uint64_t at_least, std::uint64_t at_most) {
    if (at_most == 0) return;
    removals_.push_back({change_.after.name, std::move(why), at_least, at_most});
  }

  // A stream over a limit that refused new messages loses the old ones once its limits remove.
  bool BeginsToRemove() const { return change_.before.discards_new && !change_.after.discards_new; }

  const Drift* Changed(std::string_view field) const {
    for (const Drift& drift : change_.differences) {
      if (drift.kind != DriftKind::kFieldDiffers || !drift.consumer.empty()) continue;
      if (drift.field == field) return &drift;
    }
    return nullptr;
  }

  void ByMessages() {
    const std::uint64_t limit = LimitOf(change_.after.max_messages);
    if (limit >= LimitOf(change_.before.max_messages) && !BeginsToRemove()) return;
    const std::uint64_t surplus = Beyond(state_.messages, limit);
    Add("max_msgs " + std::to_string(limit), change_.after.discards_new ? 0 : surplus, surplus);
  }

  void ByBytes() {
    const std::uint64_t limit = LimitOf(change_.after.max_bytes);
    if (limit >= LimitOf(change_.before.max_bytes) && !BeginsToRemove()) return;
    if (state_.bytes <= limit) return;
    Add("max_bytes " + std::to_string(limit), change_.after.discards_new ? 0 : 1, state_.messages);
  }

  void BySubject() {
    const std::uint64_t limit = SubjectLimitOf(change_.after);
    const bool begins = BeginsToRemove() || Changed("discard_new_per_subject") != nullptr;
    if (limit >= SubjectLimitOf(change_.before) && !begins) return;
    const std::uint64_t subjects = std::max<std::uint64_t>(state_.num_subjects, 1);
    const std::uint64_t most = Beyond(state_.messages, subjects);
    // No subject has more than all but one message of each other.
    if (most + 1 <= limit) return;
    const bool known = change_.server >= kVersion2x12 && state_.num_subjects != 0 &&
                       limit <= kNoLimit / subjects && limit < SubjectLimitOf(change_.before);
    Add("max_msgs_per_subject " + std::to_string(limit),
        known ? Beyond(state_.messages, limit * subjects) : 0, most);
  }

  Status ByAge() {
    const std::uint64_t age = change_.after.max_age_ns;
    const std::uint64_t age_before = change_.before.max_age_ns;
    if (age == 0 || (age_before != 0 && age >= age_before)) return {};
    const std::int64_t until = change_.now_ns - static_cast<std::int64_t>(age);
    if (state_.first_time_ns > until) return {};
    // The first sequence whose message is younger; times rise with sequences.
    std::uint64_t low = state_.first_sequence;
    std::uint64_t high = state_.last_sequence + 1;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      JETKEEP_ASSIGN(const auto message, server_.NextMessage(change_.after.name, middle));
      if (!message || message->timestamp_ns > until) {
        high = middle;
      } else {
        low = message->sequence + 1;
      }
    }
    const std::uint64_t sequences = low - state_.first_sequence;
    Add("max_age of " + std::to_string(age) + " ns", Beyond(sequences, state_.num_deleted),
        std::min(sequences, state_.messages));
    return {};
  }

  // Messages may carry headers that the stream has not obeyed so far: they came from a source, by a
  // restore, or before the server knew them. Only reading every message would say how many.
  void ByHeaders() {
    for (const char* field :
         {"allow_msg_ttl", "subject_delete_marker_ttl", "allow_msg_schedules"}) {
      const Drift* drift = Changed(field);
      if (drift == nullptr || drift->kept_json.empty() || drift->kept_json == "false") continue;
      // A marker's time to live brings that of messages with it.
      if (drift->field == "subject_delete_marker_ttl" && change_.before.message_ttl) continue;
      Add(drift->field + " " + drift->kept_json + " (messages may carry such headers already)", 0,
          state_.messages);
      if (drift->field == "allow_msg_ttl") return;
    }
  }

  // A server that starts with a stream below its first_seq empties it: measured from 2.10.27 to
  // 2.15.3.
  void ByFirstSequence() {
    const std::uint64_t first = change_.after.first_sequence;
    if (Changed("first_seq") == nullptr || first <= state_.first_sequence) return;
    Add("first_seq " + std::to_string(first) + " (once the server starts again)", 0,
        state_.messages);
  }

  // Interest streams keep what a consumer waits for.
  void ByInterest() {
    if (!change_.after.removes_on_ack || change_.after.work_queue) return;
    for (const Drift& drift : change_.differences) {
      if (drift.kind != DriftKind::kFieldDiffers) continue;
      const bool retention = drift.consumer.empty() && drift.field == "retention";
      const bool filter = !drift.consumer.empty() && drift.field.starts_with("filter_subject");
      if (!retention && !filter) continue;
      Add(retention ? std::string("retention interest")
                    : drift.field + " of consumer " + drift.consumer,
          0, state_.messages);
      return;
    }
  }

  // The same once a consumer has gone.
  void ByInactivity() {
    if (!change_.after.removes_on_ack || change_.after.work_queue) return;
    for (const Drift& drift : change_.differences) {
      if (drift.kind != DriftKind::kFieldDiffers || drift.consumer.empty()) continue;
      if (drift.field != "inactive_threshold") continue;
      const std::uint64_t kept = DurationOf(drift.kept_json);
      if (kept == kNoLimit || kept >= DurationOf(drift.found_json)) continue;
      Add("inactive_threshold of consumer " + drift.consumer, 0, state_.messages);
    }
  }

  JetStream& server_;
  const StreamChange& change_;
  const StreamState& state_;
  std::vector<ConfigChanges::Removal> removals_;
};

}  // namespace

Result<std::vector<ConfigChanges::Removal>> RemovalsBy(JetStream& server,
                                                       const StreamChange& change) {
  return Counter(server, change).Count();
}

}  // namespace jetkeep

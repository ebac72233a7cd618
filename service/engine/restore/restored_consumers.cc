#include "service/engine/restore/restored_consumers.h"

#include <algorithm>
#include <thread>

#include "protocol/js_config/consumer_config.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{100};
// A cluster assigns consumers one by one after the stream.
constexpr std::chrono::seconds kAssign{30};
constexpr int kCreations = 3;

template <typename Consumers>
const typename Consumers::value_type* Find(const Consumers& consumers, const std::string& name) {
  const auto found = std::find_if(consumers.begin(), consumers.end(),
                                  [&](const auto& consumer) { return consumer.name == name; });
  return found == consumers.end() ? nullptr : &*found;
}

// Whether a consumer that sees no message may have to wait for some. Of one that selects messages,
// nobody can tell whether there are any for it.
bool MayWait(const ConsumerInfo& info) {
  return info.num_pending == 0 && !ReadConsumerConfig(info.config_json).selects;
}

// Whether the stream's leader has messages for a consumer that sees none: its node has not got them
// yet. Messages may have expired or been taken since the backup, so only what the leader says now
// counts.
bool WaitsForMessages(const StreamState& live, const ConsumerInfo& info) {
  if (!MayWait(info)) return false;
  const std::uint64_t delivered = info.delivered.stream;
  const std::uint64_t at_most_delivered =
      delivered < live.first_sequence ? 0 : delivered - live.first_sequence + 1;
  return live.messages > at_most_delivered;
}

}  // namespace

Status RestoredConsumers::BringUp(const RestoredStream& stream, const ConsumerPlan& plan) {
  JETKEEP_ASSIGN(const ConsumerDifferences found, Await(stream, plan.archived));
  if (!found.missing.empty()) return RestoreMismatch(stream.name, JoinedDifferences(found.missing));
  if (!stream.replicated && !found.elsewhere.empty()) {
    return RestoreMismatch(stream.name, found.elsewhere.front().what);
  }
  for (const ConsumerElsewhere& fallen : found.elsewhere) {
    JETKEEP_TRY(RecreateConsumer(stream, *Find(plan.archived, fallen.name), fallen.what));
  }
  for (const ConsumerBackup& consumer : plan.created) JETKEEP_TRY(Create(stream, consumer));
  JETKEEP_ASSIGN(const ConsumerDifferences left, Await(stream, plan.created));
  if (!left.missing.empty()) return RestoreMismatch(stream.name, JoinedDifferences(left.missing));
  return {};
}

Result<ConsumerDifferences> RestoredConsumers::Await(const RestoredStream& stream,
                                                     const std::vector<ConsumerBackup>& expected) {
  if (expected.empty()) return ConsumerDifferences{};
  const auto begin = Clock::now();
  const auto assigned_by = begin + std::min<std::chrono::milliseconds>(times_.catch_up, kAssign);
  const auto caught_up_by = begin + times_.catch_up;
  constexpr auto kNever = Clock::time_point::max();
  auto settled_by = kNever;  // a consumer still wrong at this time will not recover by itself
  for (;;) {
    JETKEEP_TRY(cancel_.Check());
    const auto consumers = server_.Consumers(stream.name);
    const auto now = Clock::now();
    if (!consumers) {
      if (now >= assigned_by) return Fail(consumers.error());
    } else {
      ConsumerDifferences found = CompareConsumers(expected, stream.first_sequence, *consumers);
      if (!found.elsewhere.empty() && stream.messages_went && stream.messages_went()) {
        found = CompareConsumers(expected, stream.first_sequence, *consumers, true);
      }
      const bool there = found.missing.empty();
      settled_by = there ? std::min(settled_by, now + times_.settle) : kNever;
      const bool waits =
          stream.replicated && now < caught_up_by && AnyWaits(stream, expected, *consumers);
      const bool right = there && found.elsewhere.empty() && !waits;
      const bool given_up = there ? !waits && !right && now >= settled_by : now >= assigned_by;
      if (right || given_up) {
        for (std::string& vanished : found.vanished) warnings_.push_back(std::move(vanished));
        return found;
      }
    }
    std::this_thread::sleep_for(kPoll);
  }
}

bool RestoredConsumers::AnyWaits(const RestoredStream& stream,
                                 const std::vector<ConsumerBackup>& expected,
                                 const std::vector<ConsumerInfo>& consumers) {
  std::vector<const ConsumerInfo*> may_wait;
  for (const ConsumerBackup& consumer : expected) {
    const ConsumerInfo* info = Find(consumers, consumer.name);
    if (info != nullptr && info->delivered == consumer.state.delivered && MayWait(*info)) {
      may_wait.push_back(info);
    }
  }
  if (may_wait.empty()) return false;
  const auto live = server_.GetStream(stream.name);
  return live && std::any_of(may_wait.begin(), may_wait.end(), [&](const ConsumerInfo* info) {
           return WaitsForMessages(live->state, *info);
         });
}

Status RestoredConsumers::RecreateConsumer(const RestoredStream& stream,
                                           const ConsumerBackup& consumer,
                                           const std::string& difference) {
  if (stream.removes_on_ack) {
    warnings_.push_back(difference + ": messages it had may be delivered again");
    return {};
  }
  ConsumerBackup anew = consumer;
  JETKEEP_ASSIGN(anew.config_json,
                 StartAbove(consumer.config_json, consumer.state.ack_floor.stream));
  const std::string start = std::to_string(consumer.state.ack_floor.stream + 1);
  if (const Status removed = server_.DeleteConsumer(stream.name, consumer.name); !removed) {
    warnings_.push_back(difference + ", and it cannot be deleted to be created again (" +
                        removed.error().message + "): create it with deliver policy " +
                        "by_start_sequence and opt_start_seq " + start);
    return {};
  }
  JETKEEP_TRY(Create(stream, anew));
  made_anew_.insert(consumer.name);
  warnings_.push_back(
      difference + ": it was created again, to start above its acknowledgement floor at " + start);
  return {};
}

Status RestoredConsumers::Create(const RestoredStream& stream, const ConsumerBackup& consumer) {
  for (int creation = 1;; ++creation) {
    JETKEEP_TRY(cancel_.Check());
    JETKEEP_ASSIGN(const ConsumerInfo made,
                   server_.CreateConsumer(stream.name, consumer.name, consumer.config_json));
    const std::uint64_t wanted = ReadConsumerConfig(consumer.config_json).start_sequence;
    const std::uint64_t start = ReadConsumerConfig(made.config_json).start_sequence;
    if (start != wanted) {
      return RestoreMismatch(stream.name, "consumer " + consumer.name + " starts at sequence " +
                                              std::to_string(start) + ", not at " +
                                              std::to_string(wanted));
    }
    if (!stream.replicated) return {};
    JETKEEP_ASSIGN(const bool right, BeganRight(stream, consumer.name, start));
    if (right) return {};
    std::string why = "so did each new one";
    if (creation < kCreations) {
      const Status removed = server_.DeleteConsumer(stream.name, consumer.name);
      if (removed) continue;
      why = removed.error().message;
    }
    warnings_.push_back("consumer " + consumer.name + " began below its start at sequence " +
                        std::to_string(start) + ", because its node had no messages yet (" + why +
                        "): delete it and create it again");
    return {};
  }
}

Result<bool> RestoredConsumers::BeganRight(const RestoredStream& stream,
                                           const std::string& consumer, std::uint64_t start) {
  if (start <= 1) return true;
  const auto caught_up_by = Clock::now() + times_.catch_up;
  const auto settled_by = Clock::now() + times_.settle;
  for (;;) {
    JETKEEP_TRY(cancel_.Check());
    const auto consumers = server_.Consumers(stream.name);
    const auto now = Clock::now();
    if (const ConsumerInfo* info = consumers ? Find(*consumers, consumer) : nullptr) {
      // Servers before 2.15 tell neither until the first delivery.
      if (info->ack_floor.stream + 1 >= start || info->delivered.stream + 1 >= start) return true;
      if (info->num_pending > 0 && !ReadConsumerConfig(info->config_json).selects) {
        return info->num_pending <= stream.messages_above(start - 1);
      }
      const auto live = server_.GetStream(stream.name);
      const bool waits = live && WaitsForMessages(live->state, *info);
      if (!waits && now >= settled_by) return true;
    }
    if (now >= caught_up_by) return true;
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace jetkeep

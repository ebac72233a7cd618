#include "service/engine/restore/consumer_plan.h"

#include <utility>

#include "protocol/js_config/consumer_config.h"

namespace jetkeep {

void ForgetPendingBelow(ConsumerState& state, std::uint64_t first_sequence) {
  if (state.pending.empty() || (*state.pending.begin()).sequence >= first_sequence) return;
  SequenceMap<PendingMessage> left;
  for (const auto& [sequence, message] : state.pending) {
    if (sequence >= first_sequence) left.Append(sequence, message);
  }
  state.pending = std::move(left);
}

Result<ConsumerPlan> PlanConsumers(const std::vector<ConsumerBackup>& consumers, bool v2_archive,
                                   bool removes_on_ack) {
  ConsumerPlan plan;
  for (ConsumerBackup consumer : consumers) {
    const bool stateless = !v2_archive && ReadConsumerConfig(consumer.config_json).in_memory &&
                           consumer.state.delivered.stream > 0;
    if (consumer.origin == ConsumerOrigin::kServer) {
      plan.warnings.push_back("consumer " + consumer.name +
                              " was rebuilt from the server's information, not from a snapshot");
    }
    if (!stateless) {
      plan.archived.push_back(std::move(consumer));
      continue;
    }
    plan.warnings.push_back("consumer " + consumer.name +
                            " is kept in memory; it starts anew above its acknowledgement floor");
    JETKEEP_ASSIGN(consumer.config_json,
                   StartAbove(consumer.config_json, consumer.state.ack_floor.stream));
    consumer.state = {};
    if (removes_on_ack) {
      plan.archived.push_back(std::move(consumer));
      continue;
    }
    plan.created.push_back(std::move(consumer));
  }
  return plan;
}

}  // namespace jetkeep

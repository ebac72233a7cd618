#include "service/engine/restore/consumer_plan.h"

#include <utility>

#include "protocol/js_config/consumer_config.h"

namespace jetkeep {

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

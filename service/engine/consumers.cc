#include "service/engine/consumers.h"

#include <algorithm>
#include <set>

namespace jetkeep {

RebuiltState RebuildState(const ConsumerInfo& info, std::int64_t now_ns) {
  RebuiltState rebuilt;
  rebuilt.state.ack_floor = info.ack_floor;
  if (info.num_ack_pending == 0) {
    rebuilt.state.delivered = info.delivered;
    rebuilt.exact = true;
    return rebuilt;
  }
  const std::uint64_t consumer_span = info.delivered.consumer - info.ack_floor.consumer;
  const std::uint64_t stream_span = info.delivered.stream - info.ack_floor.stream;
  const bool all_pending = info.delivered.stream >= info.ack_floor.stream &&
                           info.delivered.consumer >= info.ack_floor.consumer &&
                           consumer_span == info.num_ack_pending && stream_span == consumer_span &&
                           info.num_redelivered == 0;
  if (!all_pending) {
    rebuilt.state.delivered = info.ack_floor;
    return rebuilt;
  }
  rebuilt.state.delivered = info.delivered;
  for (std::uint64_t i = 1; i <= consumer_span; ++i) {
    rebuilt.state.pending[info.ack_floor.stream + i] = {info.ack_floor.consumer + i, now_ns};
  }
  rebuilt.exact = true;
  return rebuilt;
}

ConsumersOfCut MergeConsumers(std::vector<ConsumerBackup> archived,
                              const std::vector<ConsumerInfo>& listed, std::int64_t now_ns) {
  ConsumersOfCut cut;
  std::set<std::string> inside;
  for (const ConsumerBackup& consumer : archived) inside.insert(consumer.name);
  cut.consumers = std::move(archived);
  for (const ConsumerInfo& info : listed) {
    if (inside.contains(info.name)) continue;
    RebuiltState rebuilt = RebuildState(info, now_ns);
    std::string warning =
        "consumer " + info.name + " was not in the server's snapshot; rebuilt from its information";
    if (!rebuilt.exact)
      warning += ", messages above its acknowledgement floor will be delivered again";
    cut.warnings.push_back(std::move(warning));
    cut.consumers.push_back({info.name, info.config_json, info.created, std::move(rebuilt.state),
                             ConsumerOrigin::kServer});
  }
  std::sort(cut.consumers.begin(), cut.consumers.end(),
            [](const ConsumerBackup& a, const ConsumerBackup& b) { return a.name < b.name; });
  return cut;
}

}  // namespace jetkeep

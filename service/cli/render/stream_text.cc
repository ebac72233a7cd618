#include "service/cli/render/stream_text.h"

#include "protocol/control/document.h"
#include "service/cli/render/human.h"
#include "service/cli/render/table.h"

namespace jetkeep {

namespace {

// Servers escape `>` and `&`, which stand in nearly every configuration.
std::string Readable(const std::string& config_json) {
  const auto config = Document::parse(config_json, nullptr, false);
  return config.is_discarded() ? config_json : config.dump();
}

}  // namespace

std::string RenderStream(const std::string& name, const StreamInfo& info,
                         std::span<const ConsumerInfo> consumers) {
  const StreamState& state = info.state;
  std::string text =
      LabelledLine("stream", name) + LabelledLine("storage", info.storage) +
      LabelledLine("messages", HumanCount(state.messages) + " (" + HumanSize(state.bytes) + ")") +
      LabelledLine("sequences", HumanCount(state.first_sequence) + " to " +
                                    HumanCount(state.last_sequence) + ", " +
                                    HumanCount(state.num_deleted) + " deleted");
  if (!info.leader.empty()) {
    text += LabelledLine("replicas",
                         HumanCount(info.replicas.size() + 1) + ", the leader on " + info.leader);
  }
  text += LabelledLine("configuration", Readable(info.config_json));
  if (consumers.empty()) return text;
  Table table({{"CONSUMER"},
               {"DELIVERED", Table::Align::kRight},
               {"ACK FLOOR", Table::Align::kRight},
               {"PENDING", Table::Align::kRight}});
  for (const ConsumerInfo& consumer : consumers) {
    table.AddRow({consumer.name, HumanCount(consumer.delivered.stream),
                  HumanCount(consumer.ack_floor.stream), HumanCount(consumer.num_ack_pending)});
  }
  return text + "\n" + table.Render();
}

}  // namespace jetkeep

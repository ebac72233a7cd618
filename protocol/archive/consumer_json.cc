#include "protocol/archive/consumer_json.h"

#include <cstdint>

#include "protocol/v1/json_members.h"

namespace jetkeep {
namespace {

using v1::ForEachJsonMember;
using v1::JsonMember;
using v1::JsonUint64;

std::string PairToJson(const SequencePair& pair) {
  return "{\"consumer_seq\":" + std::to_string(pair.consumer) +
         ",\"stream_seq\":" + std::to_string(pair.stream) + "}";
}

Status ReadUint64(std::string_view value, std::uint64_t& out) {
  JETKEEP_ASSIGN(out, JsonUint64(value));
  return {};
}

Status ReadPair(std::string_view json, SequencePair& pair) {
  return ForEachJsonMember(json, [&pair](const JsonMember& member) -> Status {
    if (member.key == "consumer_seq") return ReadUint64(member.value, pair.consumer);
    if (member.key == "stream_seq") return ReadUint64(member.value, pair.stream);
    return {};
  });
}

Status ReadPending(std::string_view json, ConsumerState& state) {
  if (json == "null") return {};
  return ForEachJsonMember(json, [&state](const JsonMember& entry) -> Status {
    JETKEEP_ASSIGN(const std::uint64_t sequence, JsonUint64(entry.key));
    PendingMessage& message = state.pending[sequence];
    if (entry.value == "null") return {};
    return ForEachJsonMember(entry.value, [&message](const JsonMember& member) -> Status {
      if (member.key == "Sequence") return ReadUint64(member.value, message.consumer_sequence);
      if (member.key == "Timestamp") {
        JETKEEP_ASSIGN(message.timestamp_ns, v1::JsonInt64(member.value));
      }
      return {};
    });
  });
}

Status ReadRedelivered(std::string_view json, ConsumerState& state) {
  if (json == "null") return {};
  return ForEachJsonMember(json, [&state](const JsonMember& entry) -> Status {
    JETKEEP_ASSIGN(const std::uint64_t sequence, JsonUint64(entry.key));
    return ReadUint64(entry.value, state.redelivered[sequence]);
  });
}

}  // namespace

std::string ConsumerStateToJson(const ConsumerState& state) {
  std::string out = "{\"delivered\":" + PairToJson(state.delivered) +
                    ",\"ack_floor\":" + PairToJson(state.ack_floor);
  const char* separator = ",\"pending\":{";
  for (const auto& [sequence, message] : state.pending) {
    out += separator;
    out += '"' + std::to_string(sequence) +
           "\":{\"Sequence\":" + std::to_string(message.consumer_sequence) +
           ",\"Timestamp\":" + std::to_string(message.timestamp_ns) + '}';
    separator = ",";
  }
  if (!state.pending.empty()) out += '}';
  separator = ",\"redelivered\":{";
  for (const auto& [sequence, times] : state.redelivered) {
    out += separator;
    out += '"' + std::to_string(sequence) + "\":" + std::to_string(times);
    separator = ",";
  }
  if (!state.redelivered.empty()) out += '}';
  return out + '}';
}

Result<ConsumerState> ConsumerStateFromJson(std::string_view json) {
  ConsumerState state;
  JETKEEP_TRY(ForEachJsonMember(json, [&state](const JsonMember& member) -> Status {
    if (member.key == "delivered") return ReadPair(member.value, state.delivered);
    if (member.key == "ack_floor") return ReadPair(member.value, state.ack_floor);
    if (member.key == "pending") return ReadPending(member.value, state);
    if (member.key == "redelivered") return ReadRedelivered(member.value, state);
    return {};
  }));
  return state;
}

std::string ConsumerEntryToJson(const ConsumerBackup& consumer) {
  return "{\"config\":" + consumer.config_json +
         ",\"state\":" + ConsumerStateToJson(consumer.state) + '}';
}

Result<ConsumerBackup> ConsumerEntryFromJson(std::string_view name, std::string_view json) {
  ConsumerBackup consumer;
  consumer.name = name;
  bool has_state = false;
  const auto take = [&](const JsonMember& member) -> Status {
    if (member.key == "config") {
      // The walk proves that it is an object.
      JETKEEP_TRY(ForEachJsonMember(member.value, [](const JsonMember&) { return Status(); }));
      consumer.config_json = member.value;
    } else if (member.key == "state") {
      JETKEEP_ASSIGN(consumer.state, ConsumerStateFromJson(member.value));
      has_state = true;
    }
    return {};
  };
  JETKEEP_TRY(ForEachJsonMember(json, take));
  if (consumer.config_json.empty() || !has_state) {
    return Fail(Errc::kArchiveCorrupt, "a consumer entry lacks its configuration or state");
  }
  return consumer;
}

}  // namespace jetkeep

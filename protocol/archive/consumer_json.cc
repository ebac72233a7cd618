#include "protocol/archive/consumer_json.h"

#include <cstdint>

#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

std::string PairToJson(const SequencePair& pair) {
  return "{\"consumer_seq\":" + std::to_string(pair.consumer) +
         ",\"stream_seq\":" + std::to_string(pair.stream) + "}";
}

Status ReadNumber(std::string_view value, std::uint64_t& out) {
  JETKEEP_ASSIGN(out, RawUnsigned(value));
  return {};
}

Status ReadPair(std::string_view json, SequencePair& pair) {
  return ForEachMember(json, [&pair](std::string_view key, std::string_view value) -> Status {
    if (key == "consumer_seq") return ReadNumber(value, pair.consumer);
    if (key == "stream_seq") return ReadNumber(value, pair.stream);
    return {};
  });
}

Status ReadPendingMessage(std::string_view json, PendingMessage& message) {
  if (json == "null") return {};
  return ForEachMember(json, [&message](std::string_view key, std::string_view value) -> Status {
    if (key == "Sequence") return ReadNumber(value, message.consumer_sequence);
    if (key == "Timestamp") {
      JETKEEP_ASSIGN(message.timestamp_ns, RawSigned(value));
    }
    return {};
  });
}

Status ReadPending(std::string_view json, ConsumerState& state) {
  if (json == "null") return {};
  return ForEachMember(json, [&state](std::string_view key, std::string_view value) -> Status {
    JETKEEP_ASSIGN(const std::uint64_t sequence, RawUnsigned(key));
    return ReadPendingMessage(value, state.pending[sequence]);
  });
}

Status ReadRedelivered(std::string_view json, ConsumerState& state) {
  if (json == "null") return {};
  return ForEachMember(json, [&state](std::string_view key, std::string_view value) -> Status {
    JETKEEP_ASSIGN(const std::uint64_t sequence, RawUnsigned(key));
    return ReadNumber(value, state.redelivered[sequence]);
  });
}

Status ReadState(std::string_view json, ConsumerState& state) {
  return ForEachMember(json, [&state](std::string_view key, std::string_view value) -> Status {
    if (key == "delivered") return ReadPair(value, state.delivered);
    if (key == "ack_floor") return ReadPair(value, state.ack_floor);
    if (key == "pending") return ReadPending(value, state);
    if (key == "redelivered") return ReadRedelivered(value, state);
    return {};
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
  JETKEEP_TRY(FaultAs(ReadState(json, state), Errc::kArchiveCorrupt, "the state of a consumer"));
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
  const auto take = [&](std::string_view key, std::string_view value) -> Status {
    if (key == "config") {
      consumer.config_json = value;
      return RequireObject(value);
    }
    if (key != "state") return {};
    has_state = true;
    return ReadState(value, consumer.state);
  };
  JETKEEP_TRY(FaultAs(ForEachMember(json, take), Errc::kArchiveCorrupt, "a consumer entry"));
  if (consumer.config_json.empty() || !has_state) {
    return Fail(Errc::kArchiveCorrupt, "a consumer entry lacks its configuration or state");
  }
  return consumer;
}

}  // namespace jetkeep

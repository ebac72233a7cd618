#include "protocol/archive/consumer_json.h"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

// Of one pending message, at most; a consumer may have hundreds of thousands.
constexpr std::size_t kPendingBytes = 92;

void AppendPair(std::string& out, const SequencePair& pair) {
  out += "{\"consumer_seq\":" + std::to_string(pair.consumer) +
         ",\"stream_seq\":" + std::to_string(pair.stream) + "}";
}

void AppendState(std::string& out, const ConsumerState& state) {
  out += "{\"delivered\":";
  AppendPair(out, state.delivered);
  out += ",\"ack_floor\":";
  AppendPair(out, state.ack_floor);
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
  out += '}';
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

template <typename Value>
using ReadValue = Status (*)(std::string_view, Value&);

// Of text: 2^64 has no more digits.
constexpr std::size_t kMostDigits = 20;

// Servers sort the keys as texts, so that those of one length rise, and nothing has to be sorted.
// Nothing: they are in another order.
template <typename Value>
Result<std::optional<SequenceMap<Value>>> ReadByLength(std::string_view json,
                                                       ReadValue<Value> read) {
  std::array<SequenceMap<Value>, kMostDigits + 1> of_length;
  bool rising = true;
  JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view text) -> Status {
    JETKEEP_ASSIGN(const std::uint64_t sequence, RawUnsigned(key));
    Value value{};
    JETKEEP_TRY(read(text, value));
    rising = rising && key.size() <= kMostDigits && of_length[key.size()].Append(sequence, value);
    return {};
  }));
  SequenceMap<Value> map;
  for (SequenceMap<Value>& some : of_length) {
    for (const auto& [sequence, value] : some) rising = rising && map.Append(sequence, value);
    some = {};
  }
  if (!rising) return std::optional<SequenceMap<Value>>();
  return std::optional(std::move(map));
}

template <typename Value>
Status ReadMap(std::string_view json, ReadValue<Value> read, SequenceMap<Value>& map) {
  if (json == "null") return {};
  JETKEEP_ASSIGN(std::optional<SequenceMap<Value>> sorted, ReadByLength(json, read));
  if (!sorted) {
    std::vector<typename SequenceMap<Value>::Entry> entries;
    JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
      JETKEEP_ASSIGN(const std::uint64_t sequence, RawUnsigned(key));
      entries.push_back({sequence, {}});
      return read(value, entries.back().value);
    }));
    sorted = SequenceMap<Value>::FromUnsorted(std::move(entries));
  }
  if (!sorted) return Fail(Errc::kArchiveCorrupt, "a sequence is there twice");
  map = *std::move(sorted);
  return {};
}

Status ReadState(std::string_view json, ConsumerState& state) {
  return ForEachMember(json, [&state](std::string_view key, std::string_view value) -> Status {
    if (key == "delivered") return ReadPair(value, state.delivered);
    if (key == "ack_floor") return ReadPair(value, state.ack_floor);
    if (key == "pending") return ReadMap<PendingMessage>(value, ReadPendingMessage, state.pending);
    if (key == "redelivered") return ReadMap<std::uint64_t>(value, ReadNumber, state.redelivered);
    return {};
  });
}

}  // namespace

std::string ConsumerStateToJson(const ConsumerState& state) {
  std::string out;
  AppendState(out, state);
  return out;
}

Result<ConsumerState> ConsumerStateFromJson(std::string_view json) {
  ConsumerState state;
  JETKEEP_TRY(FaultAs(ReadState(json, state), Errc::kArchiveCorrupt, "the state of a consumer"));
  return state;
}

std::string ConsumerEntryToJson(const ConsumerBackup& consumer) {
  std::string out = "{\"config\":" + consumer.config_json + ",\"state\":";
  out.reserve(out.size() + kPendingBytes * consumer.state.pending.size());
  AppendState(out, consumer.state);
  out += '}';
  return out;
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

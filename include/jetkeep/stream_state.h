// The state of a stream and of its consumers, as servers report it and manifests keep it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "jetkeep/sequence_map.h"

namespace jetkeep {

struct StreamState {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first_sequence = 0;
  std::int64_t first_time_ns = 0;  // 0: none
  std::uint64_t last_sequence = 0;
  std::int64_t last_time_ns = 0;  // 0: none
  std::uint64_t num_deleted = 0;  // sequences between first and last that hold no message
  std::uint64_t num_subjects = 0;
  std::uint64_t consumer_count = 0;
};

struct SequencePair {
  std::uint64_t consumer = 0;
  std::uint64_t stream = 0;
  friend bool operator==(const SequencePair&, const SequencePair&) = default;
};

struct PendingMessage {
  std::uint64_t consumer_sequence = 0;
  std::int64_t timestamp_ns = 0;  // of the delivery
  friend bool operator==(const PendingMessage&, const PendingMessage&) = default;
};

extern template class SequenceMap<PendingMessage>;
extern template class SequenceMap<std::uint64_t>;

// Where a consumer stands. Both maps are by stream sequence.
struct ConsumerState {
  SequencePair delivered;
  SequencePair ack_floor;
  SequenceMap<PendingMessage> pending;
  SequenceMap<std::uint64_t> redelivered;  // number of redeliveries
  friend bool operator==(const ConsumerState&, const ConsumerState&) = default;
};

enum class ConsumerOrigin : std::uint8_t {
  kArchive,  // configuration and exact state were inside the snapshot
  kServer,   // left out of the snapshot; rebuilt from what the server reports: messages above the
             // acknowledgement floor will be delivered again
};

struct ConsumerBackup {
  std::string name;
  std::string config_json;  // the server's bytes, a JSON object, without Created and Name
  std::string created;      // RFC 3339 as the server wrote it; empty if unknown
  ConsumerState state;
  ConsumerOrigin origin = ConsumerOrigin::kArchive;
};

}  // namespace jetkeep

// What a server says of its streams and consumers: plain values, without a way to ask.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/stream_state.h"

namespace jetkeep {

struct ServerIdentity {
  std::string version;  // "2.10.27"; empty if the server could not be asked
  std::string name;
  std::string cluster;  // empty: not clustered
  std::uint64_t max_payload = 0;
};

struct ReplicaInfo {
  std::string name;
  bool current = false;
  bool offline = false;
  std::uint64_t lag = 0;
};

struct StreamInfo {
  // When the server answered, by its own clock; 0: it did not say (before 2.10).
  std::int64_t answered_ns = 0;
  std::string config_json;  // the server's bytes
  std::string created;      // RFC 3339 as the server wrote it
  std::string storage;      // "file" or "memory"
  StreamState state;
  std::string state_json;              // the server's bytes, less the list of deleted sequences
  std::vector<std::uint64_t> deleted;  // only if asked for
  std::string leader;                  // empty: not clustered, or no leader
  std::vector<ReplicaInfo> replicas;   // besides the leader
};

struct ConsumerInfo {
  std::string name;
  std::string config_json;  // the server's bytes
  std::string created;
  SequencePair delivered;
  SequencePair ack_floor;
  std::uint64_t num_ack_pending = 0;
  std::uint64_t num_redelivered = 0;
  std::uint64_t num_pending = 0;
};

// A message as STREAM.MSG.GET answers with it.
struct StoredMessage {
  std::uint64_t sequence = 0;
  std::int64_t timestamp_ns = 0;  // since the Unix epoch, UTC
  std::string subject;
  std::string headers;  // the raw header block, empty if there is none
  std::string payload;
};

}  // namespace jetkeep

// What a server says of its streams and consumers: plain values, without a way to ask.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "jetkeep/stream_state.h"

namespace jetkeep {

struct ServerIdentity {
  std::string version;  // "2.10.27"; empty if the server could not be asked
  std::string name;
  std::string cluster;  // empty: not clustered
  std::uint64_t max_payload = 0;
  bool api_imported = false;  // the JetStream API is reached through another account's export
};

// What an account, or a tier of it, uses of JetStream, and its limits; a limit below zero is none.
struct AccountUse {
  std::uint64_t memory = 0;
  std::uint64_t storage = 0;
  std::uint64_t reserved_memory = 0;  // by the max_bytes of its streams
  std::uint64_t reserved_storage = 0;
  std::uint64_t streams = 0;
  std::uint64_t consumers = 0;
  std::int64_t max_memory = -1;
  std::int64_t max_storage = -1;
  std::int64_t max_streams = -1;
  std::int64_t max_consumers = -1;
  std::int64_t max_ack_pending = -1;
  std::int64_t max_memory_stream = -1;  // for one stream; 0 is no limit, too
  std::int64_t max_storage_stream = -1;
  bool max_bytes_required = false;
};

struct AccountInfo {
  AccountUse total;
  std::map<std::string, AccountUse> tiers;  // "R1", "R3": where there are any, limits are theirs
  std::string json;                         // the server's bytes
};

// What a server lists of a stream.
struct ListedStream {
  std::string name;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
};

// All streams of an account, every page of them.
struct StreamListing {
  std::vector<ListedStream> streams;  // in the order of their names
  // Streams that the account has and the server cannot tell of: they are offline, or nobody
  // answered for them.
  std::vector<std::string> unavailable;
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
  std::string state_json;             // the server's bytes, less the list of deleted sequences
  std::string leader;                 // empty: not clustered, or no leader
  std::vector<ReplicaInfo> replicas;  // besides the leader
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
  std::int64_t last_ack_ns = 0;  // since this server runs it; 0: none
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

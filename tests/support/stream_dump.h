// StreamDump: everything a client can see of a stream, to compare it before and after.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/jetstream_client.h"

namespace jetkeep::testing {

struct DumpedMessage {
  std::uint64_t sequence = 0;
  std::int64_t timestamp_ns = 0;
  std::uint64_t digest = 0;   // of time, subject, raw headers and payload
  std::uint64_t content = 0;  // ContentDigest
  std::uint32_t header_bytes = 0;
  std::uint32_t payload_bytes = 0;
  friend bool operator==(const DumpedMessage&, const DumpedMessage&) = default;
};

// Of what a publisher knows of its message, whatever the server adds.
std::uint64_t ContentDigest(std::string_view subject, std::string_view payload);

struct StreamDump {
  std::string stream;
  std::vector<DumpedMessage> messages;  // in sequence order
  std::map<std::uint64_t, std::string>
      excerpts;  // of the first thousand: subject, headers, start of payload
  nlohmann::json config;
  nlohmann::json state;                             // with the list of deleted sequences
  std::map<std::string, nlohmann::json> consumers;  // config, delivered, ack_floor and counts
};

// Reads the whole stream (a million messages take seconds) and leaves it as it was: the consumer
// that reads is removed before state and consumers are asked, and streams that drop acknowledged
// messages are read by sequence.
StreamDump DumpStream(JetStreamClient& client, const std::string& stream);

struct CompareOptions {
  bool config = true;
  bool consumers = true;
  bool consumer_state =
      true;  // false: only that the same consumers with the same configuration are there
};

// What differs, one readable line each, at most a few of a kind; empty if nothing does.
// Metadata that servers add by themselves ("_nats.…") is not compared.
std::vector<std::string> Compare(const StreamDump& expected, const StreamDump& actual,
                                 const CompareOptions& options = {});

// The lines joined, for failure messages.
std::string Joined(const std::vector<std::string>& lines);

}  // namespace jetkeep::testing

// Bodies of the JetStream API requests that we send.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/stream_state.h"

namespace jetkeep {

// STREAM.NAMES, STREAM.LIST, CONSUMER.NAMES, CONSUMER.LIST: the page that starts at `offset`.
std::string PageRequest(std::uint64_t offset);

// STREAM.NAMES of the streams that take messages on the subject.
std::string NamesOnSubjectRequest(std::string_view subject, std::uint64_t offset);

// STREAM.MSG.GET of the first live message at or above `sequence`.
std::string NextMessageRequest(std::uint64_t sequence);

// The configuration of a consumer that lists the messages from `sequence` on without their
// payloads, in the memory of one server, which removes it if it is left alone.
std::string ListingConsumerConfig(std::string_view name, std::uint64_t sequence);
// Consumers with such names are not the users'.
inline constexpr std::string_view kListingConsumerPrefix = "jetkeep-listing-";

// CONSUMER.MSG.NEXT: waits for at most this many messages and bytes.
std::string NextBatchRequest(std::uint64_t messages, std::uint64_t bytes, std::uint64_t wait_ms);

// STREAM.MSG.GET of the message under `sequence`.
std::string MessageRequest(std::uint64_t sequence);

std::string StreamInfoRequest(bool deleted_details);

// Zeros leave the choice to the server. `jsck` is never asked for: before 2.14 a server that finds
// damage this way refuses all later snapshots until it is restarted, and from 2.15 it means
// nothing.
struct SnapshotRequest {
  std::string deliver_subject;
  std::uint64_t chunk_size = 0;
  std::uint64_t window_size = 0;
};
std::string Encode(const SnapshotRequest& request);

// `config_json` goes in byte for byte.
std::string RestoreRequest(std::string_view config_json, const StreamState& state);

// `config_json` goes in byte for byte. action: "create" or "update", what servers from 2.10 on hold
// the request to; empty: whichever is needed.
std::string CreateConsumerRequest(std::string_view stream, std::string_view config_json,
                                  std::string_view action = {});

}  // namespace jetkeep

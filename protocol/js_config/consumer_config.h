// The facts of a consumer's configuration that decide how it comes back, and whether a server takes
// it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

struct ConsumerConfigFacts {
  bool durable = false;
  bool named = false;  // has a `name`, besides or in place of that of a durable one
  bool in_memory = false;
  bool expires = false;              // has an inactive_threshold
  bool selects = false;              // gets some of the stream's messages only
  std::uint64_t start_sequence = 0;  // 0: none is configured
  std::vector<std::string> filters;
  std::string deliver_subject;  // empty: a pull consumer
  std::string deliver_policy = "all";
  std::string ack_policy = "none";
  std::string priority_policy = "none";
  std::vector<std::string> priority_groups;
  std::int64_t priority_timeout_ns = 0;
  std::int64_t max_deliver = -1;
  std::uint64_t backoff_steps = 0;
  bool negative_waits = false;  // its ack_wait or a step of its backoff is below zero
  bool feeds_stream = false;    // feeds a mirror or a sourced stream
  std::int64_t max_ack_pending = 0;
  std::uint64_t inactive_threshold_ns = 0;
  std::uint64_t replicas = 0;  // 0: as the stream

  // The server removes it by itself when nobody uses it.
  bool MayVanish() const { return !durable || expires; }
};

// A configuration that cannot be read is that of a durable consumer on disk: the strictest case.
ConsumerConfigFacts ReadConsumerConfig(std::string_view config_json);

// The configuration with its start moved to just above the acknowledgement floor, for a consumer
// that a server restores without its state.
Result<std::string> StartAbove(std::string_view config_json, std::uint64_t ack_floor_sequence);

// The configuration without a start: what two consumers that start elsewhere have in common.
std::string WithoutStart(std::string_view config_json);

}  // namespace jetkeep

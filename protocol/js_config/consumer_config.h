// The few facts of a consumer's configuration that decide how it comes back. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

struct ConsumerConfigFacts {
  bool durable = false;
  bool in_memory = false;
  bool expires = false;              // has an inactive_threshold
  bool selects = false;              // gets some of the stream's messages only
  std::uint64_t start_sequence = 0;  // 0: none is configured

  // The server removes it by itself when nobody uses it.
  bool MayVanish() const { return !durable || expires; }
};

// A configuration that cannot be read is that of a durable consumer on disk: the strictest case.
ConsumerConfigFacts ReadConsumerConfig(std::string_view config_json);

// The configuration with its start moved to just above the acknowledgement floor, for a consumer
// that a server restores without its state.
Result<std::string> StartAbove(std::string_view config_json, std::uint64_t ack_floor_sequence);

}  // namespace jetkeep

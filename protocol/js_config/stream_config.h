// The few facts of a stream's configuration that decide how it is backed up and restored. The
// configuration itself stays the server's bytes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

struct StreamConfigFacts {
  std::string name;
  bool in_memory = false;
  std::uint64_t replicas = 1;
  std::uint64_t max_age_ns = 0;           // 0: messages do not expire by age
  std::uint64_t duplicate_window_ns = 0;  // 0: none
  bool removes_on_ack = false;            // retention is workqueue or interest
  std::uint64_t max_per_subject = 0;      // max_msgs_per_subject; 0: any number
  bool allow_rollup = false;
  std::uint64_t first_sequence = 0;  // first_seq: where the stream was made to begin; 0: nowhere
};

Result<StreamConfigFacts> ReadStreamConfig(std::string_view config_json);

}  // namespace jetkeep

// The facts of a stream's configuration that decide how it is backed up and restored. The
// configuration itself stays the server's bytes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

// A stream that this one mirrors or sources.
struct StreamOrigin {
  std::string name;
  bool external = false;  // of another account or domain
  bool mirrored = false;  // else sourced
};

struct StreamConfigFacts {
  std::string name;
  std::vector<std::string> subjects;
  std::vector<StreamOrigin> origins;
  bool in_memory = false;
  std::uint64_t replicas = 1;
  std::uint64_t max_age_ns = 0;           // 0: messages do not expire by age
  std::uint64_t duplicate_window_ns = 0;  // 0: none
  bool removes_on_ack = false;            // retention is workqueue or interest
  std::uint64_t max_per_subject = 0;      // max_msgs_per_subject; 0: any number
  bool allow_rollup = false;              // a message may replace those before it
  std::uint64_t first_sequence = 0;       // first_seq: where it was made to begin; 0: nowhere
  bool work_queue = false;
  bool discards_new = false;  // the limits refuse messages and remove none
  bool no_ack = false;        // it acknowledges no message
  // Zero or less: no limit.
  std::int64_t max_messages = -1;
  std::int64_t max_bytes = -1;
  std::int64_t max_consumers = -1;
  std::int64_t max_message_size = -1;
  bool message_ttl = false;        // messages may carry a time to live
  bool message_schedules = false;  // messages may be schedules
  bool atomic_batches = false;     // several messages may be published as one
  bool counts = false;             // every message adds to the counter of its subject
  // What it allows its consumers; 0: no limit.
  std::uint64_t consumer_max_ack_pending = 0;
  std::uint64_t consumer_inactive_threshold_ns = 0;
};

Result<StreamConfigFacts> ReadStreamConfig(std::string_view config_json);

// kInvalidRequest if the configuration is that of another stream: some servers restore to the name
// in it, whatever stream was asked for.
Status CheckNames(const StreamConfigFacts& config, std::string_view stream);

}  // namespace jetkeep

// What servers refuse of consumers, by version, so that a restore can say so before it sends
// anything. Read from the servers' source; tests compare with the servers. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/js_api/server_version.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/stream_config.h"

namespace jetkeep {

struct ConsumerRefusal {
  std::uint32_t server_code = 0;
  std::string why;   // lower case, without the consumer's name
  std::string hint;  // may be empty
};

// What a consumer's stream is at the time when it is created.
struct ConsumerPlace {
  ServerVersion server;
  StreamConfigFacts stream;
  // Subjects that reach the stream, its own and those of the streams that feed it; none: any may.
  std::optional<std::vector<std::string>> subjects;
  std::string origin_away;                    // a stream that feeds it and is not there
  std::vector<ConsumerConfigFacts> others;    // created before it
  std::int64_t account_max_ack_pending = -1;  // zero or less: no limit
  std::int64_t account_max_consumers = -1;
};

// No value: no rule forbids it.
std::optional<ConsumerRefusal> RefusalOf(const ConsumerConfigFacts& consumer,
                                         const ConsumerPlace& place);

}  // namespace jetkeep

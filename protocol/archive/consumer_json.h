// The state of a consumer as JSON, as v2 archives and our manifests hold it:
//
//   {"delivered":{"consumer_seq":10,"stream_seq":12},"ack_floor":{"consumer_seq":4,"stream_seq":5},
//    "pending":{"7":{"Sequence":6,"Timestamp":1795225690123456789}},"redelivered":{"7":2}}
//
// Keys of `pending` and `redelivered` are stream sequences; both are left out when empty. Times are
// nanoseconds since the Unix epoch. All numbers are exact up to 64 bits.
// Source: behaviour and source of nats-server 2.15. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "jetkeep/snapshot.h"
#include "jetkeep/stream_state.h"

namespace jetkeep {

std::string ConsumerStateToJson(const ConsumerState& state);

// Ignores members that it does not know. Anything malformed is kArchiveCorrupt.
Result<ConsumerState> ConsumerStateFromJson(std::string_view json);

// The entry of one consumer in a v2 archive: {"config":…,"state":…}.
std::string ConsumerEntryToJson(const ConsumerBackup& consumer);
// Both members must be there. The name is not inside. Anything malformed is kArchiveCorrupt.
Result<ConsumerBackup> ConsumerEntryFromJson(std::string_view name, std::string_view json);

}  // namespace jetkeep

// The state file of a consumer in a v1 archive (`o.dat`): byte 22, a version byte, then varints.
//
// Version 2 (written by all supported servers): ack floor (consumer, stream), delivered (consumer,
// stream), the number of pending messages; if there are any, the base time in s and for each:
// stream sequence - ack floor stream, consumer sequence - ack floor consumer, base - its time in s;
// then the number of redelivered ones and for each: stream sequence - ack floor stream, count.
// Version 1 (read only): delivered counts from the ack floor, pending messages have no consumer
// sequence and their time is base + value. A consumer that delivered nothing may have an empty
// file.
//
// Times are whole seconds in the file: encoding cuts the rest off. Differences wrap around 2^64, as
// in servers. Source: source of nats-server 2.9 to 2.15. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "jetkeep/stream_state.h"

namespace jetkeep::v1 {

std::string EncodeConsumerState(const ConsumerState& state);

// Anything that is not exactly one whole state is kArchiveCorrupt.
Result<ConsumerState> DecodeConsumerState(std::string_view bytes);

}  // namespace jetkeep::v1

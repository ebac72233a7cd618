// Consumers as a manifest keeps them: compact enough for hundreds of thousands of pending messages.
// FORMAT.md, "Section consumers". Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/stream_state.h"

namespace jetkeep {

// One item: its length as uvarint, then the body.
std::string EncodeConsumer(const ConsumerBackup& consumer);

// Decodes a run of whole items; kRepositoryCorrupt if it is anything else.
Status DecodeConsumers(std::string_view items, std::vector<ConsumerBackup>& out);

}  // namespace jetkeep

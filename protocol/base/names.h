// Names of NATS things, as the server allows them (ADR-6), checked before they reach a subject or a
// path.
#pragma once

#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

inline constexpr std::size_t kMaxNameBytes = 255;

// 1..255 bytes, none of them white space, a control character, '.', '*', '>', '/' or '\'.
Status CheckStreamName(std::string_view name);
// The same rule, with "consumer" in the message.
Status CheckConsumerName(std::string_view name);
// A client's id for a job: one subject token of A-Z a-z 0-9 _ -, 1..64 characters.
Status CheckJobId(std::string_view id);

}  // namespace jetkeep

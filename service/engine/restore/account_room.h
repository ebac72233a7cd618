// Whether an account has room for a stream, by what the server reports of the account. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/stream.h"
#include "protocol/js_config/stream_config.h"

namespace jetkeep {

// The use and the limits that count for a stream of so many replicas; null: the server names none.
const AccountUse* UseFor(const AccountInfo& account, std::uint64_t replicas);

// Every limit that is too small (kLimitTooSmall, with what is needed and what is there), and what
// the account requires of a stream (kRestoreRefused). `bytes`: what the stream's messages take
// once.
std::vector<Error> CheckRoom(const AccountInfo& account, const StreamConfigFacts& stream,
                             std::uint64_t bytes);

}  // namespace jetkeep

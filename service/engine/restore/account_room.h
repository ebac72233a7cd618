// Whether an account has room for a stream, by what the server reports of the account. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/stream.h"
#include "protocol/js_api/server_version.h"
#include "protocol/js_config/stream_config.h"

namespace jetkeep {

// The use and the limits that count for a stream of so many replicas; null: the server names none.
const AccountUse* UseFor(const AccountInfo& account, std::uint64_t replicas);

struct NeededRoom {
  std::uint64_t bytes = 0;  // that the stream's messages take once
  bool v2 = false;          // the archive's format
};

// Every limit that is too small for certain (kLimitTooSmall, with what is needed and what is
// there), and what the account requires of a stream (kRestoreRefused). What a server's own
// bookkeeping adds (indexes, consumers) is not counted: there the server has the last word.
std::vector<Error> CheckRoom(const AccountInfo& account, const StreamConfigFacts& stream,
                             const NeededRoom& needed, const ServerVersion& server);

// Names the limit in a server's refusal by it (kLimitTooSmall); other errors stay as they are.
Error NameLimit(Error error);

}  // namespace jetkeep

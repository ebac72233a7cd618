// Which sequences of a backup hold a message, from its manifest alone.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>

#include "protocol/repository/manifest.h"

namespace jetkeep {

// Whether the backup holds the message.
bool IsLive(const Manifest& manifest, std::uint64_t sequence);

// The lowest and highest message at most at `last`; 0: there is none.
std::uint64_t LowestLive(const Manifest& manifest, std::uint64_t last = ~std::uint64_t{0});
std::uint64_t HighestLive(const Manifest& manifest, std::uint64_t last = ~std::uint64_t{0});

// Whether each message of `newer` up to the last sequence of `older` may be one of `older`, going
// by numbers alone: what was gone does not come back. Sequences that older could not read may.
bool NothingCameBack(const Manifest& older, const Manifest& newer);

}  // namespace jetkeep

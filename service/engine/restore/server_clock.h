// How the server's clock stands against this machine's: what has expired is the server's to decide.
// Thread-safety: as that of the server.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/jetstream.h"

namespace jetkeep {

// Clocks that differ by less are taken for the same.
inline constexpr std::int64_t kClockSkewNs = 60'000'000'000;

// How far the server's clock is ahead of this machine's; below zero: behind. Zero also where
// `server_ns` is: it is not known.
std::int64_t ClockOffset(std::int64_t server_ns, std::int64_t now_ns);

// The time of a server that writes none into its answers (before 2.10): that of a consumer which it
// creates, and which is removed again. The stream is this restore's. Zero: not known.
std::int64_t TimeByConsumer(JetStream& server, const std::string& stream);

// For people. The offset is not zero.
std::string ClocksDiffer(std::int64_t offset_ns);

}  // namespace jetkeep

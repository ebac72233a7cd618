// Thaw: gives a stream that was restored frozen its max_age back.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"

namespace jetkeep {

struct ThawedStream {
  std::uint64_t max_age_ns = 0;
  // What duplicate_window was, if it had to be shortened to max_age; 0: it stayed.
  std::uint64_t shortened_window_ns = 0;
};

// kInvalidRequest: the stream was not restored frozen, or does not say what its max_age was.
// kStreamChanged: the restore has not ended, and nothing was changed; or another stream of that
// name was made meanwhile. kRestoreMismatch: the server has not put it back. Nothing else is
// changed.
Result<ThawedStream> ThawStream(JetStream& server, const std::string& stream);

}  // namespace jetkeep

// Trimming: whether an answer shows a stream that its server is still changing by itself, so that
// the next answer is a better cut.
//
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "jetkeep/stream_state.h"
#include "protocol/js_config/stream_config.h"

namespace jetkeep {

class Trimming {
 public:
  // Whether the stream holds more than its limits allow, and was seen to get smaller: a server
  // carries out a limit that was lowered message by message, and answers in between. A restore
  // would not keep the surplus.
  bool IsUnderWay(const StreamState& state, const StreamConfigFacts& facts);

 private:
  int answers_ = 0;                          // above the stream's limits
  int resting_ = 0;                          // of them, since the last that had fewer messages
  std::uint64_t least_ = ~std::uint64_t{0};  // messages in them
};

// Whether more messages of an atomic batch must follow one with these headers.
bool IsInsideBatch(std::string_view headers);

}  // namespace jetkeep

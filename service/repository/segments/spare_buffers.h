// SpareBuffers: emptied buffers that wait for the next block, so that its bytes land in memory that
// is there already. Ownership: owns what it keeps. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "jetkeep/byte_buffer.h"
#include "protocol/repository/segment.h"

namespace jetkeep {

// Up to this a buffer that held a block of columns is kept, packed or not.
inline constexpr std::size_t kLargestColumnsBuffer = kBlockTargetBytes + kBlockTargetBytes / 2;
// The same where pieces of archives are read or written.
inline constexpr std::size_t kLargestPieceBuffer = 6 * kBlockTargetBytes;

class SpareBuffers {
 public:
  // Keeps `count` buffers at most. None has more than `largest` bytes: what one huge record made
  // large is not kept.
  SpareBuffers(std::size_t count, std::size_t largest) : count_(count), largest_(largest) {}

  // An empty buffer, with memory if one is kept.
  ByteBuffer Take() {
    if (buffers_.empty()) return {};
    ByteBuffer buffer = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
  }

  void GiveBack(ByteBuffer buffer) {
    if (buffer.capacity() == 0 || buffer.capacity() > largest_ || buffers_.size() >= count_) return;
    buffer.Clear();
    buffers_.push_back(std::move(buffer));
  }

  // Gives all memory back.
  void Release() { buffers_.clear(); }

 private:
  const std::size_t count_;
  const std::size_t largest_;
  std::vector<ByteBuffer> buffers_;
};

}  // namespace jetkeep

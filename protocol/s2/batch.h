// Batch: what one chunk of data after the other holds, up to a limit, decoded into one buffer.
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/error.h"
#include "protocol/s2/chunk_source.h"

namespace jetkeep::s2 {

class Batch {
 public:
  explicit Batch(std::size_t limit) : limit_(limit) {}

  // Stored chunks of a certain size are better handed out as they are than copied into a batch.
  static bool IsDirect(const ChunkHead& head);

  bool empty() const { return out_.empty(); }
  // Whether what the chunk holds still fits. An empty batch takes any one.
  bool Takes(const ChunkHead& head) const;
  // Decodes a whole chunk. kArchiveCorrupt if it is damaged: the batch stays as it was.
  Status Add(const ChunkHead& head, std::string_view chunk);
  std::string_view view() const { return out_.view(); }
  void Clear() { out_.Clear(); }

 private:
  const std::size_t limit_;
  ByteBuffer out_;
};

}  // namespace jetkeep::s2

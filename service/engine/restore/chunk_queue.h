// ChunkQueue: hands an archive from the thread that encodes it to the thread that sends it, cut
// into chunks of one size, a few of them at most.
//
// Either side may end it: the encoder by Close, after which the sender gets what is left; the
// sender by Close, too, after which the encoder's next chunk fails with kCancelled. Thread-safety:
// one thread encodes (Write, Flush, Close, pace), one sends (Next, Close).
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/byte_stream.h"
#include "jetkeep/cancel.h"
#include "jetkeep/mutex.h"
#include "service/work/bounded_queue.h"

namespace jetkeep {

class ChunkQueue : public ByteSink {
 public:
  // Since the beginning.
  struct Pace {
    std::uint64_t bytes = 0;             // that the sender was given
    std::chrono::nanoseconds waited{0};  // for room in the queue, once the sender had begun
  };

  // `chunks`: how many may wait.
  ChunkQueue(std::size_t chunk_bytes, std::size_t chunks, CancelToken cancel);

  Status Write(std::string_view bytes) override;
  // Passes on what is left, as a last, shorter chunk.
  Status Flush();

  // The next chunk; empty at the end. `used` is the one before, whose memory is used again.
  Result<std::optional<ByteBuffer>> Next(ByteBuffer used);

  void Close() { queue_.Close(); }
  const Pace& pace() const { return pace_; }

 private:
  ByteBuffer NewChunk();

  const std::size_t chunk_bytes_;
  const CancelToken cancel_;
  BoundedQueue<ByteBuffer> queue_;
  ByteBuffer pending_;  // the encoder's; always shorter than a chunk
  Pace pace_;
  std::atomic<bool> sending_{false};
  Mutex mutex_;
  std::vector<ByteBuffer> spare_ JETKEEP_GUARDED_BY(mutex_);
};

}  // namespace jetkeep

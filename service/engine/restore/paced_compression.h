// PacedCompression: an archive as the S2 stream that a restore sends. Its blocks are stored, which
// is the shorter way over a fast link, and compressed while the link is a slow one. Thread-safety:
// the encoder's thread. Ownership: does not own the queue.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "jetkeep/byte_stream.h"
#include "protocol/s2/writer.h"
#include "service/engine/restore/chunk_queue.h"
#include "service/engine/restore/link_pace.h"

namespace jetkeep {

class PacedCompression : public ByteSink {
 public:
  explicit PacedCompression(ChunkQueue& chunks)
      : chunks_(chunks), writer_(chunks, s2::Mode::kStored) {}

  Status Write(std::string_view bytes) override;
  // Call once, after the last Write; the queue is not flushed.
  Status Finish() { return writer_.Finish(); }

 private:
  void Look();

  ChunkQueue& chunks_;
  s2::Writer writer_;
  LinkPace pace_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::size_t since_look_ = 0;
};

}  // namespace jetkeep

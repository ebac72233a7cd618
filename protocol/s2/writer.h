// Writer: compresses to an S2 stream that every server reads.
// Holds at most one block. Thread-safety: one thread at a time. Ownership: does not own the sink.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"

namespace jetkeep::s2 {

enum class Mode : std::uint8_t {
  kStored,  // checksums only: the fastest, for links that are faster than the compression
  kSnappy,  // blocks that do not shrink are stored
};

class Writer : public ByteSink {
 public:
  static constexpr std::size_t kDefaultBlockBytes = 1024 * 1024;

  // `block_bytes` is moved into 1 KiB..4 MiB.
  Writer(ByteSink& sink, Mode mode, std::size_t block_bytes = kDefaultBlockBytes);

  // For what is written from now on, and what is held back.
  void SetMode(Mode mode) { mode_ = mode; }

  Status Write(std::string_view bytes) override;
  // Writes what is held back; the sink has a whole stream afterwards. Call once, after the last
  // Write.
  Status Finish();

 private:
  Status Begin();
  Status WriteBlock(std::string_view block);
  Status WriteStored(std::string_view block);
  // Pieces from this size on are worth a block of their own instead of a copy.
  std::size_t DirectBytes() const;

  ByteSink& sink_;
  Mode mode_;
  const std::size_t block_bytes_;
  bool begun_ = false;
  ByteBuffer held_;
  ByteBuffer compressed_;
};

}  // namespace jetkeep::s2

// ChunkingSink: cuts a stream of bytes into chunks of one size for a restore session.
#pragma once

#include <cstdint>
#include <string_view>

#include "jetkeep/byte_stream.h"
#include "jetkeep/jetstream.h"
#include "protocol/codec/byte_buffer.h"

namespace jetkeep {

class ChunkingSink : public ByteSink {
 public:
  // The session must outlive the sink.
  explicit ChunkingSink(RestoreSession& session);

  Status Write(std::string_view bytes) override;
  // Sends what is left, as a last, shorter chunk.
  Status Flush();
  std::uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  Status Send(std::string_view chunk);

  RestoreSession& session_;
  const std::size_t chunk_bytes_;
  ByteBuffer pending_;  // always shorter than a chunk
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace jetkeep

// PieceReader: decompresses an S2 (or framed Snappy) stream in runs of up to 4 MiB, and hands out
// beside each the chunks of which it was decoded, as they came.
//
// Every checksum is checked. Holds a run twice, decoded and as it came: about 9 MiB at most.
// Thread-safety: one thread at a time. Ownership: does not own the source.
#pragma once

#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"
#include "protocol/s2/batch.h"
#include "protocol/s2/chunk_source.h"

namespace jetkeep::s2 {

class PieceReader final : public ByteSource {
 public:
  explicit PieceReader(ByteSource& source);

  // As Reader::Read.
  Result<std::string_view> Read() override;

  // The chunks of data of which the last Read was decoded, whole and as they came; null if that was
  // one stored block. Until the next Read the buffer may be moved away and another left for it,
  // whose memory is used from then on.
  ByteBuffer* chunks() { return handed_out_; }

 private:
  std::string_view HandOut();

  ChunkSource chunks_;
  Batch batch_;
  ByteBuffer* handed_out_ = nullptr;
  bool direct_ = false;  // the chunk at hand was handed out as it is
};

}  // namespace jetkeep::s2

// Reader: decompresses an S2 (or framed Snappy) stream.
//
// Every checksum is checked. Small blocks are handed out many at a time, at most 256 KiB together;
// stored blocks that lie whole in the source's view are handed out without a copy. Holds at most
// one block and one chunk, neither larger than about 5 MiB. Thread-safety: one thread at a time.
// Ownership: does not own the source.
#pragma once

#include <cstdint>
#include <string_view>

#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"
#include "protocol/s2/batch.h"
#include "protocol/s2/chunk_source.h"

namespace jetkeep::s2 {

class Reader final : public ByteSource {
 public:
  explicit Reader(ByteSource& source);

  // kArchiveCorrupt with the offset of the chunk in the compressed stream, or the source's error.
  // What was decoded before an error comes first; after an error every call returns it again.
  Result<std::string_view> Read() override;

  // Compressed bytes taken in so far, in whole chunks.
  std::uint64_t offset() const { return chunks_.offset(); }

 private:
  ChunkSource chunks_;
  Batch batch_;
  bool direct_ = false;  // the chunk at hand was handed out as it is
};

}  // namespace jetkeep::s2

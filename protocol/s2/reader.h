// Reader: decompresses an S2 (or framed Snappy) stream.
//
// Every checksum is checked. Small blocks are handed out many at a time, at most 256 KiB together;
// stored blocks that lie whole in the source's view are handed out without a copy. Holds at most
// one block and one chunk, neither larger than about 5 MiB. Thread-safety: one thread at a time.
// Ownership: does not own the source.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"

namespace jetkeep::s2 {

enum class ReaderMode : std::uint8_t {
  kBatches,  // as said above
  // Up to 4 MiB together, and chunks() tells what they were made of: about 4 MiB at most, held
  // beside.
  kPieces,
};

class Reader : public ByteSource {
 public:
  explicit Reader(ByteSource& source, ReaderMode mode = ReaderMode::kBatches);

  // kArchiveCorrupt with the offset of the chunk in the compressed stream, or the source's error.
  // What was decoded before an error comes first; after an error every call returns it again.
  Result<std::string_view> Read() override;

  // Compressed bytes taken in so far, in whole chunks.
  std::uint64_t offset() const { return offset_; }

  // The chunks of data of which the last Read was decoded, whole and as they came; null if that was
  // one stored block, or in kBatches. Until the next Read the buffer may be moved away and another
  // left for it, whose memory is used from then on.
  ByteBuffer* chunks() { return kept_ != 0 ? &held_ : nullptr; }

 private:
  enum class Step : std::uint8_t { kDone, kStarved, kFull, kDirect, kFailed };

  Step Advance();
  Step FindChunk();
  bool Hold(std::size_t until);
  Step CheckHeader(const char* header, std::size_t& size);
  Step CheckRoom(std::string_view head, std::size_t size);
  std::string_view HandOut();
  Step TakeChunk();
  Step TakeData();
  std::string_view Partial() const { return held_.view().substr(kept_); }
  void ForgetBatch();
  void KeepChunk();
  void DropChunk();
  bool Refill();
  void EndStream();
  Step Corrupt(std::string_view what);

  ByteSource& source_;
  const ReaderMode mode_;
  const std::size_t batch_bytes_;
  std::string_view in_;     // not yet used bytes of the source's view
  ByteBuffer held_;         // the chunks of the batch at hand, and a chunk that lies across views
  std::size_t kept_ = 0;    // bytes of the former
  ByteBuffer carried_;      // of a chunk that lies across views, while the former are handed out
  std::string_view chunk_;  // the whole chunk at hand, in `in_` or `held_`; empty: none
  std::uint64_t skip_ = 0;  // bytes of a skippable chunk still to come
  std::uint64_t offset_ = 0;
  bool identified_ = false;
  bool ended_ = false;
  ByteBuffer out_;
  std::string_view direct_;
  std::optional<Error> error_;
};

}  // namespace jetkeep::s2

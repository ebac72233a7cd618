// ChunkSource: the chunks of data of an S2 (or framed Snappy) stream, whole, one after the other.
// Checks everything about a chunk but what it holds; passes over what a reader may skip.
//
// A chunk that lies whole in the source's view is not copied. One that lies across views is
// collected, at most about 5 MiB; its user may keep chunks as they came, which then lie in front of
// it, so that they are copied once. Thread-safety: one thread at a time. Ownership: does not own
// the source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"

namespace jetkeep::s2 {

struct ChunkHead {
  bool stored = false;   // else compressed
  std::size_t size = 0;  // of the whole chunk
  std::size_t held = 0;  // how much it holds
};

class ChunkSource {
 public:
  explicit ChunkSource(ByteSource& source) : source_(source) {}

  // Each returns false if what has arrived does not suffice: Refill, then call again; or if the
  // stream is damaged: see error(). A chunk is there until it is dropped or kept.
  bool FindHead();
  bool FindChunk();
  // After each of them.
  const ChunkHead& head() const { return head_; }
  std::string_view chunk() const { return chunk_; }

  // Asks the source for more, which makes views into what was there before invalid. At the source's
  // end: ended(), or an error if the stream is cut short. After an error of the source: error().
  void Refill();
  bool ended() const { return ended_; }

  void DropChunk();
  // Leaves the chunk behind those kept before.
  void KeepChunk();
  // The bytes of the chunks that were kept since the last Release.
  std::size_t kept_bytes() const { return kept_; }
  // Those chunks and no more. Until Release nothing else may be called; the buffer may be moved
  // away and another left for it, whose memory is used from then on. REQUIRES: kept_bytes() != 0.
  ByteBuffer& HandOutKept();
  void Release();

  // Errors say at which offset of the stream the chunk at hand begins: kArchiveCorrupt, or the
  // source's own.
  const std::optional<Error>& error() const { return error_; }
  void Corrupt(std::string_view what);

  // Bytes of the stream in whole chunks so far.
  std::uint64_t offset() const { return offset_; }

 private:
  std::string_view Partial() const { return held_.view().substr(kept_); }
  bool Hold(std::size_t until);
  bool SkipRest();
  bool CheckHeader(std::string_view header);
  void BeginSkip();
  bool TakeIdentifier();
  bool ReadHead(std::string_view begin);
  bool Wrong(std::string_view what);

  ByteSource& source_;
  std::string_view in_;     // not yet used bytes of the source's view
  ByteBuffer held_;         // the chunks that were kept, and one that lies across views
  std::size_t kept_ = 0;    // bytes of the former
  ByteBuffer carried_;      // of a chunk that lies across views, while the former are handed out
  ChunkHead head_;          // size 0: not known yet
  std::string_view chunk_;  // in `in_` or `held_`; empty: not there yet
  std::uint64_t skip_ = 0;  // bytes of a skippable chunk still to come
  std::uint64_t offset_ = 0;
  bool identified_ = false;
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace jetkeep::s2

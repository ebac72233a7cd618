#include "protocol/s2/reader.h"

#include <algorithm>
#include <string>

#include "protocol/codec/crc32c.h"
#include "protocol/codec/little_endian.h"
#include "protocol/s2/block_decoder.h"
#include "protocol/s2/frame.h"

namespace jetkeep::s2 {
namespace {

constexpr std::size_t kBatchBytes = 256 * 1024;
constexpr std::size_t kPieceBytes = 4 * 1024 * 1024;
// Stored blocks from this size on are not copied into a batch.
constexpr std::size_t kDirectBytes = 16 * 1024;

}  // namespace

Reader::Step Reader::Corrupt(std::string_view what) {
  error_ = Error{Errc::kArchiveCorrupt,
                 "S2 chunk at offset " + std::to_string(offset_) + ": " + std::string(what),
                 {}};
  return Step::kFailed;
}

Reader::Reader(ByteSource& source, ReaderMode mode)
    : source_(source),
      mode_(mode),
      batch_bytes_(mode == ReaderMode::kPieces ? kPieceBytes : kBatchBytes) {}

Result<std::string_view> Reader::Read() {
  if (!direct_.empty()) {
    direct_ = {};
    DropChunk();
  }
  ForgetBatch();
  while (!error_) {
    switch (Advance()) {
      case Step::kDone:
        break;
      case Step::kFull:
        return out_.view();
      case Step::kDirect:
        return direct_;
      case Step::kFailed:
        // What came before the damage is still good; the error is the next call's.
        if (!out_.empty()) return out_.view();
        break;
      case Step::kStarved:
        if (ended_ || (!out_.empty() && mode_ == ReaderMode::kBatches)) return out_.view();
        if (Refill()) break;
        if (!error_) EndStream();
        // As after damage, also if the source has failed.
        if (!out_.empty()) return out_.view();
        break;
    }
  }
  return Fail(*error_);
}

// False at the end of the source, or after its error.
bool Reader::Refill() {
  auto view = source_.Read();
  if (!view) {
    error_ = std::move(view).error();
    return false;
  }
  in_ = *view;
  return !in_.empty();
}

// The source has ended: was that the end of a stream?
void Reader::EndStream() {
  if (!identified_ && Partial().empty()) {
    Corrupt("the stream is empty");
  } else if (!Partial().empty() || skip_ != 0) {
    Corrupt("the stream is cut short inside it");
  } else {
    ended_ = true;
  }
}

Reader::Step Reader::Advance() {
  if (skip_ != 0) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, in_.size()));
    in_.remove_prefix(count);
    offset_ += count;
    skip_ -= count;
    if (skip_ != 0) return Step::kStarved;
  }
  if (chunk_.empty()) {
    const Step step = FindChunk();
    if (step != Step::kDone || chunk_.empty()) return step;
  }
  return TakeChunk();
}

// Sets chunk_ if all of a chunk has arrived, or skip_.
Reader::Step Reader::FindChunk() {
  std::size_t size = 0;
  if (Partial().empty() && in_.size() >= kChunkHeaderBytes) {
    if (CheckHeader(in_.data(), size) == Step::kFailed) return Step::kFailed;
    if (skip_ != 0) return Step::kDone;
    if (in_.size() >= size) {
      chunk_ = in_.substr(0, size);
      return Step::kDone;
    }
  }
  const auto take = [this](std::size_t until) {
    const std::size_t count = std::min(until - Partial().size(), in_.size());
    held_.Append(in_.substr(0, count));
    in_.remove_prefix(count);
    return Partial().size() == until;
  };
  if (Partial().size() < kChunkHeaderBytes && !take(kChunkHeaderBytes)) return Step::kStarved;
  if (CheckHeader(Partial().data(), size) == Step::kFailed) return Step::kFailed;
  if (skip_ != 0) {
    // The header is held already.
    held_.Resize(kept_);
    skip_ -= kChunkHeaderBytes;
    offset_ += kChunkHeaderBytes;
    return Step::kDone;
  }
  if (!take(size)) return Step::kStarved;
  chunk_ = Partial();
  return Step::kDone;
}

// Judges a chunk by its header, before anything is buffered for it; `size` includes the header.
Reader::Step Reader::CheckHeader(const char* header, std::size_t& size) {
  const auto type = static_cast<std::uint8_t>(header[0]);
  const std::size_t length = LoadChunkLength(header);
  size = kChunkHeaderBytes + length;
  if (type == kIdentifierChunk) {
    if (length != kS2Identifier.size()) return Corrupt("identifier of a wrong size");
    return Step::kDone;
  }
  if (!identified_) return Corrupt("not the beginning of an S2 stream");
  if (type == kCompressedChunk || type == kStoredChunk) {
    const std::size_t limit = type == kStoredChunk ? kMaxBlockBytes : kMaxEncodedBytes;
    if (length < kChecksumBytes) return Corrupt("too short for a checksum");
    if (length > limit + kChecksumBytes) return Corrupt("larger than any block");
    return Step::kDone;
  }
  if (type < kFirstSkippableChunk) {
    return Corrupt("unknown type " + std::to_string(type));
  }
  skip_ = size;
  return Step::kDone;
}

void Reader::ForgetBatch() {
  out_.Clear();
  if (kept_ == 0) return;
  held_.RemovePrefix(kept_);
  kept_ = 0;
  if (!chunk_.empty() && !Partial().empty()) chunk_ = Partial();
}

// The chunk at hand becomes one of the batch's.
void Reader::KeepChunk() {
  offset_ += chunk_.size();
  if (Partial().empty()) {
    held_.Append(chunk_);
    in_.remove_prefix(chunk_.size());
  }
  kept_ = held_.size();
  chunk_ = {};
}

void Reader::DropChunk() {
  offset_ += chunk_.size();
  if (Partial().empty()) in_.remove_prefix(chunk_.size());
  held_.Resize(kept_);
  chunk_ = {};
}

Reader::Step Reader::TakeChunk() {
  const auto type = static_cast<std::uint8_t>(chunk_[0]);
  const std::string_view body = chunk_.substr(kChunkHeaderBytes);
  if (type == kIdentifierChunk) {
    if (body != kS2Identifier && body != kSnappyIdentifier) {
      return Corrupt("unknown identifier");
    }
    identified_ = true;
    DropChunk();
    return Step::kDone;
  }
  return TakeData(type, body);
}

Reader::Step Reader::TakeData(std::uint8_t type, std::string_view body) {
  const std::uint32_t checksum = LoadU32(body.data());
  body.remove_prefix(kChecksumBytes);
  const std::size_t before = out_.size();
  const Step step =
      type == kStoredChunk ? TakeStored(checksum, body) : TakeCompressed(checksum, body);
  if (step != Step::kDone) return step;
  if (mode_ == ReaderMode::kPieces && out_.size() != before) {
    KeepChunk();
  } else {
    DropChunk();
  }
  return step;
}

// Whether the batch has no room for a block of `size` bytes, or, in kPieces, for the chunk at hand:
// the chunks of tiny blocks are larger than what they hold.
bool Reader::Full(std::size_t size) const {
  return out_.size() + size > batch_bytes_ || (kept_ != 0 && kept_ + chunk_.size() > batch_bytes_);
}

Reader::Step Reader::TakeStored(std::uint32_t checksum, std::string_view bytes) {
  const bool direct = bytes.size() >= kDirectBytes;
  if (!out_.empty() && (direct || Full(bytes.size()))) return Step::kFull;
  if (MaskCrc(Crc32c(bytes)) != checksum) return Corrupt("the checksum is wrong");
  if (direct) {
    direct_ = bytes;
    return Step::kDirect;
  }
  if (out_.capacity() == 0) out_.Reserve(batch_bytes_ + kDecodeSlack);
  out_.Append(bytes);
  return Step::kDone;
}

Reader::Step Reader::TakeCompressed(std::uint32_t checksum, std::string_view block) {
  std::size_t size = 0;
  if (!DecodedSize(block, size) || size > kMaxBlockBytes) return Corrupt("larger than any block");
  if (!out_.empty() && Full(size)) return Step::kFull;
  if (out_.empty()) out_.Reserve(std::max(size, batch_bytes_) + kDecodeSlack);
  const std::size_t before = out_.size();
  char* const out = out_.Extend(size + kDecodeSlack);
  if (Status decoded = DecodeBlock(block, out, size, kDecodeSlack); !decoded) {
    out_.Resize(before);
    return Corrupt(decoded.error().message);
  }
  out_.Resize(before + size);
  if (MaskCrc(Crc32c({out, size})) != checksum) {
    out_.Resize(before);
    return Corrupt("the checksum is wrong");
  }
  return Step::kDone;
}

}  // namespace jetkeep::s2

#include "protocol/s2/reader.h"

#include <algorithm>
#include <string>

#include "protocol/s2/block_decoder.h"
#include "protocol/s2/data_chunk.h"

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
        return HandOut();
      case Step::kDirect:
        return direct_;
      case Step::kFailed:
        // What came before the damage is still good; the error is the next call's.
        if (!out_.empty()) return HandOut();
        break;
      case Step::kStarved:
        if (ended_ || (!out_.empty() && mode_ == ReaderMode::kBatches)) return HandOut();
        if (Refill()) break;
        if (!error_) EndStream();
        // As after damage, also if the source has failed.
        if (!out_.empty()) return HandOut();
        break;
    }
  }
  return Fail(*error_);
}

// What is handed out with the batch is its chunks, and no more.
std::string_view Reader::HandOut() {
  if (kept_ != 0) {
    if (!error_) carried_.Append(Partial());
    held_.Resize(kept_);
  }
  return out_.view();
}

void Reader::ForgetBatch() {
  out_.Clear();
  if (kept_ == 0) return;
  kept_ = 0;
  held_.Clear();
  held_.Append(carried_.view());
  carried_.Clear();
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
  if (Partial().empty() && in_.size() >= kDataHeadBytes) {
    if (CheckHeader(in_.data(), size) == Step::kFailed) return Step::kFailed;
    if (skip_ != 0) return Step::kDone;
    if (const Step step = CheckRoom(in_, size); step != Step::kDone) return step;
    if (in_.size() >= size) {
      chunk_ = in_.substr(0, size);
      return Step::kDone;
    }
  }
  if (!Hold(kChunkHeaderBytes)) return Step::kStarved;
  if (CheckHeader(Partial().data(), size) == Step::kFailed) return Step::kFailed;
  if (skip_ != 0) {
    // The header is held already.
    held_.Resize(kept_);
    skip_ -= kChunkHeaderBytes;
    offset_ += kChunkHeaderBytes;
    return Step::kDone;
  }
  // A chunk that does not fit is collected where the next batch begins.
  if (!Hold(std::min(size, kDataHeadBytes))) return Step::kStarved;
  if (const Step step = CheckRoom(Partial(), size); step != Step::kDone) return step;
  if (!Hold(size)) return Step::kStarved;
  chunk_ = Partial();
  return Step::kDone;
}

// Whether so many bytes of a chunk that lies across views are held now.
bool Reader::Hold(std::size_t until) {
  if (Partial().size() >= until) return true;
  const std::size_t count = std::min(until - Partial().size(), in_.size());
  held_.Append(in_.substr(0, count));
  in_.remove_prefix(count);
  return Partial().size() == until;
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
  if (IsData(type)) {
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

// Whether the batch takes what the chunk holds and, in kPieces, the chunk: those of tiny blocks are
// larger than what they hold.
Reader::Step Reader::CheckRoom(std::string_view head, std::size_t size) {
  const auto type = static_cast<std::uint8_t>(head[0]);
  if (!IsData(type)) return Step::kDone;
  std::size_t held = 0;
  if (!HeldBytes(head, size, held)) return Corrupt("no length of what it holds");
  if (held > kMaxBlockBytes) return Corrupt("larger than any block");
  if (out_.empty()) return Step::kDone;
  const bool fits = out_.size() + held <= batch_bytes_ &&
                    (kept_ == 0 || kept_ + size <= batch_bytes_) &&
                    (type == kCompressedChunk || held < kDirectBytes);
  return fits ? Step::kDone : Step::kFull;
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
  if (static_cast<std::uint8_t>(chunk_[0]) != kIdentifierChunk) return TakeData();
  const std::string_view body = chunk_.substr(kChunkHeaderBytes);
  if (body != kS2Identifier && body != kSnappyIdentifier) return Corrupt("unknown identifier");
  identified_ = true;
  DropChunk();
  return Step::kDone;
}

Reader::Step Reader::TakeData() {
  std::size_t held = 0;
  static_cast<void>(HeldBytes(chunk_, chunk_.size(), held));  // CheckRoom has looked at it
  if (static_cast<std::uint8_t>(chunk_[0]) == kStoredChunk && held >= kDirectBytes) {
    const auto bytes = HeldByStored(chunk_);
    if (!bytes) return Corrupt(bytes.error().message);
    direct_ = *bytes;
    return Step::kDirect;
  }
  if (out_.empty()) out_.Reserve(std::max(held, batch_bytes_) + kDecodeSlack);
  const std::size_t before = out_.size();
  char* const out = out_.Extend(held + kDecodeSlack);
  const Status decoded = DecodeData(chunk_, out, held, kDecodeSlack);
  out_.Resize(decoded ? before + held : before);
  if (!decoded) return Corrupt(decoded.error().message);
  if (mode_ == ReaderMode::kPieces && held != 0) {
    KeepChunk();
  } else {
    DropChunk();
  }
  return Step::kDone;
}

}  // namespace jetkeep::s2

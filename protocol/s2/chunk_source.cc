#include "protocol/s2/chunk_source.h"

#include <algorithm>

#include "protocol/s2/data_chunk.h"

namespace jetkeep::s2 {

void ChunkSource::Corrupt(std::string_view what) {
  error_ = Error{Errc::kArchiveCorrupt,
                 "S2 chunk at offset " + std::to_string(offset_) + ": " + std::string(what),
                 {}};
}

bool ChunkSource::Wrong(std::string_view what) {
  Corrupt(what);
  return false;
}

void ChunkSource::Refill() {
  auto view = source_.Read();
  if (!view) {
    error_ = std::move(view).error();
    return;
  }
  in_ = *view;
  if (!in_.empty()) return;
  if (!identified_ && Partial().empty()) {
    Corrupt("the stream is empty");
  } else if (!Partial().empty() || skip_ != 0) {
    Corrupt("the stream is cut short inside it");
  } else {
    ended_ = true;
  }
}

bool ChunkSource::FindHead() {
  while (!error_ && head_.size == 0) {
    if (!SkipRest()) return false;
    std::string_view begin = in_;
    if (!Partial().empty() || in_.size() < kDataHeadBytes) {
      if (!Hold(kChunkHeaderBytes)) return false;
      begin = Partial();
    }
    if (!CheckHeader(begin.substr(0, kChunkHeaderBytes))) return false;
    const auto type = static_cast<std::uint8_t>(begin[0]);
    if (type == kIdentifierChunk) {
      if (!TakeIdentifier()) return false;
    } else if (!IsData(type)) {
      BeginSkip();
    } else if (!ReadHead(begin)) {
      return false;
    }
  }
  return !error_;
}

bool ChunkSource::FindChunk() {
  if (error_ || !chunk_.empty()) return !error_;
  if (Partial().empty() && in_.size() >= head_.size) {
    chunk_ = in_.substr(0, head_.size);
  } else if (Hold(head_.size)) {
    chunk_ = Partial();
  }
  return !chunk_.empty();
}

// Buffers input until `until` bytes of the chunk at hand are held; false if the input ends first.
bool ChunkSource::Hold(std::size_t until) {
  if (Partial().size() >= until) return true;
  const std::size_t count = std::min(until - Partial().size(), in_.size());
  held_.Append(in_.substr(0, count));
  in_.remove_prefix(count);
  return Partial().size() == until;
}

// False if the input ends inside a chunk that is passed over.
bool ChunkSource::SkipRest() {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, in_.size()));
  in_.remove_prefix(count);
  offset_ += count;
  skip_ -= count;
  return skip_ == 0;
}

// Judges a chunk by its header, before anything is buffered for it.
bool ChunkSource::CheckHeader(std::string_view header) {
  const auto type = static_cast<std::uint8_t>(header[0]);
  const std::size_t length = LoadChunkLength(header.data());
  if (type == kIdentifierChunk) {
    return length == kS2Identifier.size() || Wrong("identifier of a wrong size");
  }
  if (!identified_) return Wrong("not the beginning of an S2 stream");
  if (IsData(type)) {
    const std::size_t limit = type == kStoredChunk ? kMaxBlockBytes : kMaxEncodedBytes;
    if (length < kChecksumBytes) return Wrong("too short for a checksum");
    return length <= limit + kChecksumBytes || Wrong("larger than any block");
  }
  // The format lets anybody use these two types. No server does, and a flipped bit is likelier.
  if (IsData(static_cast<std::uint8_t>(type ^ kDamagedDataBit))) {
    return Wrong("a chunk of data whose type is damaged");
  }
  return type >= kFirstSkippableChunk || Wrong("unknown type " + std::to_string(type));
}

// The chunk at hand is one to pass over.
void ChunkSource::BeginSkip() {
  const bool held = !Partial().empty();
  skip_ = kChunkHeaderBytes + LoadChunkLength(held ? Partial().data() : in_.data());
  if (!held) return;
  held_.Resize(kept_);
  skip_ -= kChunkHeaderBytes;
  offset_ += kChunkHeaderBytes;
}

bool ChunkSource::TakeIdentifier() {
  head_.size = kChunkHeaderBytes + kS2Identifier.size();
  const bool whole = FindChunk();
  head_.size = 0;
  if (!whole) return false;
  const std::string_view body = chunk_.substr(kChunkHeaderBytes);
  if (body != kS2Identifier && body != kSnappyIdentifier) return Wrong("unknown identifier");
  identified_ = true;
  DropChunk();
  return true;
}

// `begin`: of the chunk, in the view, or what is held of it.
bool ChunkSource::ReadHead(std::string_view begin) {
  const std::size_t size = kChunkHeaderBytes + LoadChunkLength(begin.data());
  if (!Partial().empty()) {
    if (!Hold(std::min(size, kDataHeadBytes))) return false;
    begin = Partial();
  }
  std::size_t held = 0;
  if (!HeldBytes(begin, size, held)) return Wrong("no length of what it holds");
  if (held > kMaxBlockBytes) return Wrong("larger than any block");
  head_ = {static_cast<std::uint8_t>(begin[0]) == kStoredChunk, size, held};
  return true;
}

void ChunkSource::DropChunk() {
  offset_ += chunk_.size();
  if (Partial().empty()) in_.remove_prefix(chunk_.size());
  held_.Resize(kept_);
  chunk_ = {};
  head_ = {};
}

void ChunkSource::KeepChunk() {
  offset_ += chunk_.size();
  if (Partial().empty()) {
    held_.Append(chunk_);
    in_.remove_prefix(chunk_.size());
  }
  kept_ = held_.size();
  chunk_ = {};
  head_ = {};
}

ByteBuffer& ChunkSource::HandOutKept() {
  if (!error_) carried_.Append(Partial());
  held_.Resize(kept_);
  return held_;
}

void ChunkSource::Release() {
  if (kept_ == 0) return;
  kept_ = 0;
  held_.Clear();
  held_.Append(carried_.view());
  carried_.Clear();
}

}  // namespace jetkeep::s2
